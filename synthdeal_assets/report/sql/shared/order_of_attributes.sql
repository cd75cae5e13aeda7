list_position([{% for attribute in fairness_attributes %}{{ attribute | literal }}{{ ", " if not loop.last }}{% endfor %}], attribute)
