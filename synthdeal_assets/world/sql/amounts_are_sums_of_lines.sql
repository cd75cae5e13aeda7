-- rule: amount that is not the sum of its lines
SELECT opportunity_id, any_value(amount) AS amount, sum(total_price) AS sum_of_lines
FROM crm.opportunity_line_items JOIN crm.opportunities USING (opportunity_id)
GROUP BY opportunity_id
HAVING round(100 * any_value(amount)) <> sum(round(100 * total_price))

-- rule: won without a line
SELECT opportunity_id, amount
FROM crm.opportunities ANTI JOIN crm.opportunity_line_items USING (opportunity_id)
WHERE is_won

-- rule: total that is not quantity times unit price
SELECT opportunity_line_item_id, quantity, unit_price, total_price
FROM crm.opportunity_line_items
WHERE round(100 * total_price) <> quantity * round(100 * unit_price)

-- rule: unit price that is not the list price less the discount
SELECT opportunity_line_item_id, list_price, discount, unit_price
FROM crm.opportunity_line_items
WHERE round(100 * unit_price) <> round(list_price * (100 - discount))

-- rule: list price or product of another entry of the price book
SELECT opportunity_line_item_id, pricebook_entry_id, list_price, entries.unit_price, lines.product_id
FROM crm.opportunity_line_items AS lines JOIN crm.price_book AS entries USING (pricebook_entry_id)
WHERE list_price <> entries.unit_price OR lines.product_id <> entries.product_id
