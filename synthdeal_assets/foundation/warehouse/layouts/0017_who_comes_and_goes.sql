-- table: crm.users
-- In a world of before nobody ever left, and nobody was promoted. A column cannot be filled and then be made NOT NULL in
-- one transaction, so the table is made anew.
ALTER TABLE crm.users RENAME TO users_of_before;
CREATE TABLE crm.users (
    user_id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    email VARCHAR NOT NULL,
    role VARCHAR NOT NULL,
    region VARCHAR NOT NULL,
    manager_id VARCHAR,
    hired_date DATE NOT NULL,
    left_date DATE,
    is_active BOOLEAN NOT NULL,
    title VARCHAR NOT NULL
);
INSERT INTO crm.users BY NAME SELECT *, NULL AS left_date, true AS is_active, role AS title FROM crm.users_of_before;
DROP TABLE crm.users_of_before;
COMMENT ON TABLE crm.users IS
'A member of the synthetic sales team, or one who left it in the last 1,820 days. All persons are invented.';
COMMENT ON COLUMN crm.users.user_id IS 'Identifier of the user.';
COMMENT ON COLUMN crm.users.name IS 'Invented full name.';
COMMENT ON COLUMN crm.users.email IS 'E-mail address in a reserved domain.';
COMMENT ON COLUMN crm.users.role IS 'Role in the sales organisation.';
COMMENT ON COLUMN crm.users.region IS 'Sales region.';
COMMENT ON COLUMN crm.users.manager_id IS
'The user this one reports to, or did on the last day; NULL for the head of sales.';
COMMENT ON COLUMN crm.users.hired_date IS 'First day in the team.';
COMMENT ON COLUMN crm.users.left_date IS 'Last day in the team; NULL for those who are there.';
COMMENT ON COLUMN crm.users.is_active IS 'Whether the user is in the team.';
COMMENT ON COLUMN crm.users.title IS 'Job title, now or on the last day.';
CREATE TABLE IF NOT EXISTS crm.owner_history (
    object_name VARCHAR NOT NULL,
    record_id VARCHAR NOT NULL,
    created_date DATE NOT NULL,
    old_owner_id VARCHAR NOT NULL,
    new_owner_id VARCHAR NOT NULL
);
-- table: crm.opportunities
COMMENT ON COLUMN crm.opportunities.owner_id IS
'The account executive who works on it; of a closed deal, who did.';
