# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models
from odoo.exceptions import UserError


class RevisitCallback(models.Model):
    """Each policy its own result, although the customer is called once (L2)."""

    _inherit = "revisit.callback"

    def _get_contact_answers(self, measures, others):
        """Return what is recorded on each callback of the contacts.

        :param measures: the answers of ``self``, and by default of who follows
        :param others: see :meth:`action_done`
        :return: {callback: {field: value}}, ``self`` first
        :raise UserError: ``others`` names what is not in the contact, or no measure
        :raise ValidationError: a value cannot be read, or is out of its range
        """
        followers = self._get_followers() - self
        own = self._read_others(others, followers)
        answers = {callback: dict(measures) for callback in self}
        for follower in followers:
            values = dict(measures)
            if not follower._is_about_same_document(follower.contact_id):
                # the customer's verdict on one issue says nothing of another
                values.pop("customer_confirmed", None)
            answers[follower] = {**values, **own.get(follower.id, {})}
        return answers

    def _read_others(self, others, followers):
        """Return {callback id: answers}; ids may come as the text keys of JSON."""
        own, others = {}, others or {}
        if not isinstance(others, dict) or not all(
            isinstance(values, dict) for values in others.values()
        ):
            raise UserError(
                self.env._(
                    "Give the answers of the other callbacks by their id: a table of"
                    " measures and values for each."
                )
            )
        known = {str(follower.id): follower for follower in followers}
        for key, values in others.items():
            callback = known.get(str(key))
            if not callback:
                self._refuse_other(key, followers)
            self._check_result_fields(values)
            with callback._naming_row(self | followers):
                own[callback.id] = self._read_answers(values)
        return own

    def _refuse_other(self, key, followers):
        """Say why an answer is of no callback that is finished along."""
        number = int(key) if str(key).isdecimal() and len(str(key)) < 10 else 0
        other = self.browse(number).exists()
        if other and other.has_access("read"):
            states = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(callback)s (%(state)s) is not finished along: it is not open"
                    " any more, or not made in the same contact. Note what you"
                    " typed, close the dialog, and record the result again.",
                    callback=other._get_row_name(),
                    state=states[other.state],
                )
            )
        raise UserError(
            self.env._(
                "Callback %(callback)s is not open, or not made in the same"
                " contact. Only those can be finished along: %(list)s.",
                callback=key,
                list=", ".join(map(str, followers.ids)) or "-",
            )
        )

    def _is_about_same_document(self, other):
        return (self.source_model, self.source_id) == (
            other.source_model,
            other.source_id,
        )

    def _leave_open_contacts(self):
        """Take out of their contact what was finished before the others."""
        early = self.filtered(
            lambda c: c.contact_id.is_open and c.contact_id not in self
        )
        for callback in early:
            leader = callback.contact_id
            callback.contact_id = False
            # its attempts are there
            callback.message_post(
                body=self.env._(
                    "Finished before the rest of its contact, whose attempts are"
                    " logged on %(callback)s.",
                    callback=leader.display_name,
                ),
                subtype_xmlid="mail.mt_note",
            )
