# Part of Revisit. See LICENSE file for full copyright and licensing details.
import logging

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.terms import WHOLE

_logger = logging.getLogger(__name__)


class RevisitRulebook(models.Model):
    _inherit = "revisit.rulebook"

    scheme_ids = fields.One2many(
        comodel_name="revisit.scheme", inverse_name="rulebook_id"
    )

    @api.model
    def _get_rulebook_sources(self):
        names = [
            "revisit.scheme",
            "revisit.grade",
            "revisit.indicator",
            "revisit.indicator.band",
        ]
        return [*super()._get_rulebook_sources(), ("revisit_scoring", names)]

    def _load_files(self):
        # rows are loaded one by one, so schemes are checked when all of them exist
        whole = self.with_context(revisit_scheme_whole=WHOLE)
        result = super(RevisitRulebook, whole)._load_files()
        self._activate_schemes()
        return result

    def _activate_schemes(self):
        """Activate new complete schemes; set those that became incomplete to draft."""
        for scheme in self.env["revisit.scheme"].search(
            [("rulebook_id", "in", self.ids)]
        ):
            try:
                scheme._check_complete()
            except UserError as error:
                _logger.info("Scheme %s stays a draft: %s", scheme.name, error)
                scheme.action_draft()
            else:
                if not scheme.activated_on:
                    scheme.action_activate()

    def _get_stoppable(self):
        domain = [("rulebook_id", "=", self.id)]
        return {**super()._get_stoppable(), "revisit.scheme": domain}

    def _get_uses(self):
        schemes = self.with_context(active_test=False).scheme_ids
        number = self.env["revisit.assessment"].search_count(
            [("scheme_id", "in", schemes.ids)]
        )
        return [*super()._get_uses(), (self.env._("assessments"), number)]
