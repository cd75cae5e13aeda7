-- How many customers came again, in how many states the one with most has been, and in how many all of them have.
SELECT count(*), max(states), count(DISTINCT state)
FROM (
    SELECT
        {{ customer_id }} AS customer,
        count(DISTINCT {{ status }}) AS states,
        min({{ status }}) AS state
    FROM {{ log }} AS log
    WHERE trim({{ customer_id }}) <> ''
    GROUP BY customer
    HAVING count(DISTINCT {{ order_date }}) > 1
)
