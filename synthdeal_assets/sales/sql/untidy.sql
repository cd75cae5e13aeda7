-- Whether a cell has blanks at its ends or a word for nothing in it, for each column.
SELECT {% for expression in columns %}coalesce(bool_or(none_if_blank({{ expression }}) IS DISTINCT FROM {{ expression }}), false){{ ', ' if not loop.last }}{% endfor %}

FROM {{ log }} AS log
