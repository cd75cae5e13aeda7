-- table: crm.contacts
-- In a world of before nobody was known to have left. A column cannot be filled and then be made NOT NULL in one
-- transaction, so the table is made anew.
ALTER TABLE crm.contacts RENAME TO contacts_of_before;
CREATE TABLE crm.contacts (
    contact_id VARCHAR NOT NULL,
    account_id VARCHAR NOT NULL,
    first_name VARCHAR NOT NULL,
    last_name VARCHAR NOT NULL,
    title VARCHAR NOT NULL,
    department VARCHAR NOT NULL,
    email VARCHAR NOT NULL,
    phone VARCHAR,
    created_date DATE NOT NULL,
    left_date DATE,
    is_active BOOLEAN NOT NULL
);
INSERT INTO crm.contacts BY NAME SELECT *, NULL AS left_date, true AS is_active FROM crm.contacts_of_before;
DROP TABLE crm.contacts_of_before;
COMMENT ON TABLE crm.contacts IS
'A person at an account, or one who was found to have left it in the last 1,820 days. All persons are invented.';
COMMENT ON COLUMN crm.contacts.contact_id IS 'Identifier of the contact.';
COMMENT ON COLUMN crm.contacts.account_id IS 'The person''s company.';
COMMENT ON COLUMN crm.contacts.first_name IS 'Invented first name.';
COMMENT ON COLUMN crm.contacts.last_name IS 'Invented last name.';
COMMENT ON COLUMN crm.contacts.title IS 'Job title, now or on the last day.';
COMMENT ON COLUMN crm.contacts.department IS 'Department.';
COMMENT ON COLUMN crm.contacts.email IS 'E-mail address in a reserved domain.';
COMMENT ON COLUMN crm.contacts.phone IS
'Phone number of the account''s area, one that the country''s regulator keeps for fiction; NULL where it keeps none.';
COMMENT ON COLUMN crm.contacts.created_date IS
'Day the contact was created: when the sales team came to know them, with their first deal or before it.';
COMMENT ON COLUMN crm.contacts.left_date IS
'Last day at the company; NULL while they are there or nobody has found out that they left.';
COMMENT ON COLUMN crm.contacts.is_active IS 'Whether they are there, as far as is known.';
CREATE TABLE IF NOT EXISTS crm.contact_history (
    contact_id VARCHAR NOT NULL,
    field VARCHAR NOT NULL,
    created_date DATE NOT NULL,
    old_value VARCHAR NOT NULL,
    new_value VARCHAR NOT NULL
);
-- table: crm.opportunity_contact_role_history
COMMENT ON TABLE crm.opportunity_contact_role_history IS
'One entry of a contact into a role in an opportunity, which holds until the contact''s next one. Nobody is taken out: of whoever has left the company the successor takes the role as well, on the day that it is found out.';
-- table: truth.opportunities
ALTER TABLE truth.opportunities ADD COLUMN champion_left_date DATE;
COMMENT ON COLUMN truth.opportunities.champion_left_date IS
'Last day at the company of whoever was the champion, or would have become it, when the deal began; NULL when they are there to its end.';
