{% with dimensions = loss_dimension_keys %}{% include "shared/tested_losses.sql" %}{% endwith %}

SELECT dimension, name
FROM tested_losses
WHERE corrected <= 0.05 AND share > other_share AND name NOT IN {{ unactionable | literal }}
ORDER BY amount DESC, dimension, name
