# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models


class RevisitCallback(models.Model):
    """What a callback is about, in words for the customer.

    The names of policies are our own shop talk: customers do not read them.
    """

    _inherit = "revisit.callback"

    def _get_customer_purpose(self):
        """Return the purpose as a sentence in the language of the context."""
        self.ensure_one()
        if self.kind == "abnormal":
            return self.env._("We would like to know whether all is well again.")
        # headquarters verify sales and repairs, too: there was no concern
        if self.source_model == "revisit.issue" or (
            self.kind == "verification" and self.service_step == "complaint"
        ):
            return self.env._(
                "We would like to make sure that your concern was settled."
            )
        by_step = {
            "sale": self.env._("We would like to know how your purchase went."),
            "delivery": self.env._("We would like to know how your delivery went."),
            "installation": self.env._(
                "We would like to know how the installation went."
            ),
            "service": self.env._(
                "We would like to know how the repair or service went."
            ),
            "complaint": self.env._("It is about the complaint that you made to us."),
        }
        return by_step.get(self.service_step) or self.env._(
            "We would like to know how you are served, and your wishes."
        )
