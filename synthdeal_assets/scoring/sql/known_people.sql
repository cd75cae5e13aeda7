-- What was known on a day of those who take part in a deal (part: opportunity_id, contact_id, role, is_primary, known_on): a
-- title that came later, or a departure that was found out later, is no part of it.
people AS (
    SELECT
        part.opportunity_id,
        part.known_on,
        string_agg(
            contacts.first_name || ' ' || contacts.last_name || ', ' || coalesce(promotions.old_value, contacts.title)
                || ', ' || part.role || if(departures.contact_id IS NULL, '', {{ has_left | text }}),
            chr(10) ORDER BY part.is_primary DESC, part.contact_id
        ) AS contacts
    FROM part
    JOIN crm.contacts AS contacts USING (contact_id)
    -- The first change after the day.
    ASOF LEFT JOIN (FROM crm.contact_history WHERE field = 'title') AS promotions
        ON promotions.contact_id = part.contact_id AND part.known_on < promotions.created_date
    LEFT JOIN crm.contact_history AS departures
        ON departures.contact_id = part.contact_id
        AND departures.field = 'is_active'
        AND departures.created_date <= part.known_on
    GROUP BY part.opportunity_id, part.known_on
)
