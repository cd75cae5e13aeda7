{#- Wilson's score interval of a share (Wilson 1927), and the interval of a difference made of two (Newcombe 1998). -#}
{% macro wilson(share, count, z, sign) -%}
({{ share }} + {{ z * z }} / (2 * {{ count }}) {{ sign }} {{ z }} * sqrt({{ share }} * (1 - {{ share }}) / {{ count }} + {{ z * z }} / (4 * {{ count }} * {{ count }}))) / (1 + {{ z * z }} / {{ count }})
{%- endmacro %}
{% macro difference_low(share, count, other, others, z) -%}
{{ share }} - {{ other }} - sqrt(
        pow({{ share }} - {{ wilson(share, count, z, "-") }}, 2)
        + pow({{ wilson(other, others, z, "+") }} - {{ other }}, 2)
    )
{%- endmacro %}
{% macro difference_high(share, count, other, others, z) -%}
{{ share }} - {{ other }} + sqrt(
        pow({{ wilson(share, count, z, "+") }} - {{ share }}, 2)
        + pow({{ other }} - {{ wilson(other, others, z, "-") }}, 2)
    )
{%- endmacro %}
