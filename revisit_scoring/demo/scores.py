# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo.addons.revisit_management.demo.stage import Stage
from odoo.addons.revisit_management.tools import periods


def publish_quarter(env):
    """Publish the last full quarter, which the demonstration covers."""
    stage = Stage(env)
    first, last = periods.previous(stage.today, "quarter")
    stage.env["revisit.scheme"]._assess_range(
        first, last, stage.env.company, publish=True
    )
