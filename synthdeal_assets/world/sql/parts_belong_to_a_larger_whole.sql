-- rule: part of a part
SELECT parts.account_id, parts.parent_account_id, wholes.parent_account_id AS parent_of_the_parent
FROM crm.accounts AS parts JOIN crm.accounts AS wholes ON wholes.account_id = parts.parent_account_id
WHERE wholes.parent_account_id IS NOT NULL

-- rule: part that is not smaller
SELECT parts.account_id, parts.number_of_employees, wholes.number_of_employees AS employees_of_the_parent
FROM crm.accounts AS parts JOIN crm.accounts AS wholes ON wholes.account_id = parts.parent_account_id
WHERE parts.number_of_employees >= wholes.number_of_employees
