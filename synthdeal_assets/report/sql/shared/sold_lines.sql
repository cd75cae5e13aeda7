WITH sold_lines AS (
    SELECT line.total_price, line.quantity * entry.unit_price AS by_list
    FROM crm.opportunity_line_items AS line
    INNER JOIN crm.price_book AS entry USING (pricebook_entry_id)
    INNER JOIN {{ new_business }} AS deal USING (opportunity_id)
    WHERE deal.is_won AND deal.{{ of_last_period }}
)
