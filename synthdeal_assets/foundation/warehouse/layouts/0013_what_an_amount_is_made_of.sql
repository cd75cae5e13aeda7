-- table: crm.opportunities
COMMENT ON COLUMN crm.opportunities.amount IS
'Amount in USD: the sum of the line items where there are some, and until then the seller''s guess.';
-- A world of generator 1 has neither, so that what reads them finds the tables, and no row.
CREATE TABLE IF NOT EXISTS crm.price_book (
    pricebook_entry_id VARCHAR NOT NULL,
    product_id VARCHAR NOT NULL,
    unit_price DOUBLE NOT NULL,
    is_active BOOLEAN NOT NULL
);
CREATE TABLE IF NOT EXISTS crm.opportunity_line_items (
    opportunity_line_item_id VARCHAR NOT NULL,
    opportunity_id VARCHAR NOT NULL,
    pricebook_entry_id VARCHAR NOT NULL,
    product_id VARCHAR NOT NULL,
    quantity BIGINT NOT NULL,
    list_price DOUBLE NOT NULL,
    discount DOUBLE NOT NULL,
    unit_price DOUBLE NOT NULL,
    total_price DOUBLE NOT NULL
);
