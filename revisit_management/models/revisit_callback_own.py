# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .revisit_callback import PLANNING


class RevisitCallback(models.Model):
    """Nobody verifies their own customer, unless somebody else decides so (L8).

    Who sold, repaired or owns the case is ``responsible_id``. A supervisor may
    give the verification to them all the same: it is noted and reported as
    ``is_own_customer``. Nobody gives it to themselves, and nobody reviews it.
    """

    _inherit = "revisit.callback"

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        callbacks = super().create(vals_list)
        if self.env.context.get("revisit_planning") is not PLANNING:
            given = callbacks.sudo().filtered(lambda c: c._is_own_of(c.user_id))
            given._override_own_customer()
        return callbacks

    def write(self, vals):
        if "user_id" not in vals:
            return super().write(vals)
        user = self.env["res.users"].browse(vals["user_id"] or [])
        ours = self.sudo()
        changing = ours.filtered(lambda c: c.is_open and c.user_id != user)
        own = changing.filtered(lambda c: c._is_own_of(user))
        if own and self.env.context.get("revisit_planning") is not PLANNING:
            own._check_may_override(user)
        result = super().write(vals)
        own._override_own_customer()
        (changing - own).filtered("is_own_customer").write({"is_own_customer": False})
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _verifies_own_work(self):
        """Return whether who did the work must not make this callback."""
        self.ensure_one()
        return bool(self.responsible_id) and self.policy_id._excludes_own_customers()

    def _is_own_of(self, user):
        """Return whether it verifies what ``user`` did."""
        self.ensure_one()
        return bool(user) and self.responsible_id == user and self._verifies_own_work()

    @api.model
    def _get_not_own_domain(self):
        """Return the domain of callbacks that do not verify the user's own work."""
        return (
            Domain("responsible_id", "!=", self.env.uid)
            | Domain("policy_id.kind", "!=", "verification")
            | Domain("policy_id.rulebook_id", "=", False)
            | Domain("policy_id.rulebook_id.no_own_customer", "=", False)
        )

    def _check_not_own(self):
        """Refuse work on callbacks that verify what the user did.

        What a supervisor gave to them knowingly is allowed, and reported.

        :raise UserError: names the callback and says who makes it
        """
        if self.env.uid == SUPERUSER_ID:
            return
        contact = self.sudo()._get_leaders() | self.sudo()
        contact |= contact._get_followers()
        for callback in contact.filtered(lambda c: c._is_own_of(self.env.user)):
            if not (callback.is_own_customer and callback.user_id == self.env.user):
                callback._refuse_own()

    def _refuse_own(self):
        raise UserError(
            self.env._(
                "%(callback)s verifies what you did yourself, so somebody else makes"
                " it. Leave it in the queue, or ask your supervisor.",
                callback=self.display_name,
            )
        )

    def _check_may_override(self, user):
        """Refuse to give own customers to ``user``, except by another supervisor."""
        if self.env.uid == SUPERUSER_ID:
            return
        is_supervisor = self.env.user.has_group("revisit_management.group_supervisor")
        if user == self.env.user or not is_supervisor:
            self[0]._refuse_own()

    def _override_own_customer(self):
        """Mark and note that the verification was given to whom it verifies."""
        self.write({"is_own_customer": True})
        for callback in self:
            callback.message_post(
                body=self.env._(
                    "%(decider)s gave this verification to %(user)s, whose own work it"
                    " verifies.",
                    decider=self.env.user.name,
                    user=callback.user_id.name,
                ),
                subtype_xmlid="mail.mt_note",
            )

    def _check_may_review(self):
        result = super()._check_may_review()
        own = self.sudo().filtered(lambda c: c._is_own_of(self.env.user))
        if own and self.env.uid != SUPERUSER_ID:
            raise UserError(
                self.env._(
                    "%(callback)s verifies what you did yourself: somebody else"
                    " reviews it.",
                    callback=own[0].display_name,
                )
            )
        return result
