# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import SUPERUSER_ID, api

METRICS = (
    "callback_rate",
    "timeliness",
    "callbacks_late",
    "callbacks_missed",
    "dealer_callback_rate",
    "dealer_timeliness",
    "dealer_callbacks_late",
)


def migrate(cr, version):
    """Leave out of rates and punctuality what became known only after its window.

    Metrics whose "Counted" was edited keep it.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    for code in METRICS:
        metric = env.ref(f"revisit_scoring.metric_{code}", raise_if_not_found=False)
        if metric and metric.denominator_domain == "[]":
            metric.denominator_domain = "[('is_known_too_late', '=', False)]"
