WITH places(stage_name, place) AS (
    VALUES {% for stage in all_stages %}({{ stage | literal }}, {{ loop.index }}){{ ", " if not loop.last }}{% endfor %}

),
earlier AS (
    SELECT as_of FROM report.executive_reports WHERE report_id = {{ report_id | literal }}
),
deals_then AS (
    SELECT entry.opportunity_id, entry.close_date, places.place
    FROM crm.opportunity_stages AS entry
    INNER JOIN places USING (stage_name)
    INNER JOIN earlier ON entry.entered_date <= earlier.as_of
    QUALIFY row_number() OVER (PARTITION BY entry.opportunity_id ORDER BY entry.sequence DESC) = 1
)
