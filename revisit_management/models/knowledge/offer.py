# Part of Revisit. See LICENSE file for full copyright and licensing details.
import re

from markupsafe import Markup

from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.tools import plaintext2html

from ...tools.tasks import heard
from .revisit_knowledge import ACTIVITY

SOLVED = ("resolved", "confirmed", "closed")
# addresses and numbers of people are nobody's knowledge
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
NUMBER = re.compile(r"(?<![\w-])\+?\d(?:[\s()-]?\d){6,}(?![\w-])")
GONE = "…"


class RevisitIssue(models.Model):
    """Offers the solution of an issue as knowledge, without whose issue it was."""

    _inherit = "revisit.issue"  # pylint: disable=consider-merging-classes-inherited

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_offer_knowledge(self):
        """Copy what happened and what helped into a draft, and tell its owner.

        :return: the draft, for supervisors; others learn that it is on its way
        :raise UserError: it is not solved yet, or was offered before
        """
        self.ensure_one()
        self.check_access("write")
        self._check_offered()
        # supervisors decide about the draft, which whoever has the solution may offer
        knowledge = self.env["revisit.knowledge"].sudo()
        draft = knowledge.create(self._prepare_knowledge())
        if draft.owner_id:
            told = draft.with_context(lang=draft.owner_id.lang)
            heard(told).activity_schedule(
                ACTIVITY,
                date_deadline=self.company_id.sudo()._revisit_today(),  # its own day
                summary=told.env._("Check and publish it"),
                user_id=draft.owner_id.id,
            )
        return self._show_draft(draft)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_topic(self):
        products, categories = super()._get_topic()
        return products | self.product_id.sudo(), (  # compared by id only
            categories | self.category_id.sudo()  # likewise
        )

    def _check_offered(self):
        if not self.env.user.has_group("revisit_management.group_agent"):
            raise AccessError(self.env._("Only colleagues offer knowledge."))
        if self.state not in SOLVED:
            raise UserError(
                self.env._(
                    "%(issue)s is not solved yet: offer the solution once it is.",
                    issue=self.name,
                )
            )
        # whether there is one, whoever may read drafts
        known = self.env["revisit.knowledge"].sudo()
        known = known.search([("issue_id", "=", self.id)], limit=1)
        if known:
            raise UserError(
                self.env._(
                    "The solution of %(issue)s was offered already: %(knowledge)s.",
                    issue=self.name,
                    knowledge=known.name,
                )
            )

    def _prepare_knowledge(self):
        """Return the values of the draft."""
        parts = [
            (self.env._("What happens"), self.description),
            (self.env._("What helps"), self.solution),
            (self.env._("Result"), self.resolution),
        ]
        answer = Markup("").join(
            Markup("<h4>%s</h4>%s") % (title, plaintext2html(self._scrub(text)))
            for title, text in parts
            if (text or "").strip()
        )
        return {
            "name": self._scrub(self.name),
            "answer": answer,
            "company_id": self.company_id.id,
            "product_ids": self.product_id.ids,
            "issue_category_ids": self.category_id.ids,
            "owner_id": self._find_knowledge_owner().id,
            "issue_id": self.id,
        }

    def _scrub(self, text):
        """Return a text without the customer's names, addresses and numbers."""
        customer = self.partner_id.sudo()  # so that no name is left in it
        people = customer | customer.commercial_partner_id
        people |= customer.commercial_partner_id.child_ids
        names = {name.strip() for name in people.mapped("name") if name}
        # the longest first: a name may be a part of another one
        for name in sorted(names, key=len, reverse=True):
            if len(name) > 1:
                text = re.sub(re.escape(name), GONE, text, flags=re.IGNORECASE)
        return NUMBER.sub(GONE, EMAIL.sub(GONE, text))

    def _find_knowledge_owner(self):
        """Return a supervisor who decides about the draft, or nobody."""
        company = self.company_id
        # who leads a unit is no secret
        choices = [self.owner_id, self.env.user, self.team_id.sudo().manager_id]
        for user in choices:
            if user._revisit_works_in(company) and user._revisit_oversees():
                return user
        return self.env["res.users"]

    def _show_draft(self, draft):
        if draft.with_env(self.env).has_access("write"):
            return {
                "type": "ir.actions.act_window",
                "name": self.env._("Knowledge"),
                "res_model": draft._name,
                "view_mode": "form",
                "views": [(False, "form")],
                "res_id": draft.id,
            }
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "Offered. A supervisor checks it before agents find it."
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
