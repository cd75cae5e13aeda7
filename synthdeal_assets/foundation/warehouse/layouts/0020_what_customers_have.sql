-- table: crm.accounts
ALTER TABLE crm.accounts ADD COLUMN is_active BOOLEAN;
COMMENT ON COLUMN crm.accounts.is_active IS
'Whether anything can still be sold to it: a company that has closed, or buys elsewhere for good, is kept for as long as a deal or a contract of it is. NULL in a world of generator 1 or 2.';
-- A world of before has none, so that what reads them finds the table, and no row.
CREATE TABLE IF NOT EXISTS crm.contracts (
    contract_id VARCHAR NOT NULL,
    account_id VARCHAR NOT NULL,
    product_id VARCHAR NOT NULL,
    quantity BIGINT NOT NULL,
    unit_price DOUBLE NOT NULL,
    start_date DATE NOT NULL,
    end_date DATE NOT NULL,
    annual_amount DOUBLE NOT NULL,
    status VARCHAR NOT NULL,
    opportunity_id VARCHAR,
    signed_date DATE NOT NULL
);
-- table: truth.sales_affinities
COMMENT ON TABLE truth.sales_affinities IS
'How likely a customer in the synthetic sales log truly is to buy from a division; what accounts have contracts for follows from these and is not here. Models may not read it; it is empty when the log is real.';
COMMENT ON COLUMN truth.sales_affinities.churned IS
'Whether the customer has left for good by the last day of the log, or an account has no contract on it.';
