-- The reports of the present world, the latest first. Parameter: report_id (the report being written, left out).
SELECT report.report_id, report.as_of, world.as_of AS present_as_of
FROM report.executive_reports AS report
INNER JOIN crm.world AS world USING (seed, size, account_names, planted_instructions, generator_version)
WHERE report.report_id != $report_id
ORDER BY report.created_at DESC, report.report_id
