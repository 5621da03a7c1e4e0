# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models
from odoo.exceptions import UserError

from ...tools.fields import OptionalFloat, OptionalInteger


class RevisitInterviewMixin(models.AbstractModel):
    """Several people who answer in one conversation, and how many of those wanted did.

    Policies name the roles that they want interviewed.
    """

    _name = "revisit.interview.mixin"
    _description = "People Interviewed in a Conversation"

    roles_asked = OptionalInteger(
        string="Roles to Interview", readonly=True, copy=False, aggregator="sum"
    )
    roles_reached = OptionalInteger(
        string="Roles Interviewed", readonly=True, copy=False, aggregator="sum"
    )
    coverage = OptionalFloat(
        string="Interview Coverage (%)",
        digits=(5, 2),
        readonly=True,
        copy=False,
        aggregator=None,
        help="Roles that answered among those that the policy asks for.",
    )

    def action_answer(self, answers, role_id=None, interviewee_id=None):
        """Keep what one person answered; the conversation goes on with another one.

        :param answers: ``{question id: answer}``, as in :meth:`action_done`
        :param role_id: id of the contact role as which they answered
        :param interviewee_id: id of the customer's contact who answered
        :return: ids of the answers
        :raise UserError: the callback is finished, or nothing was answered
        """
        self._check_is_open()
        self.check_access("write")
        self._check_not_own()
        self._check_not_asking()
        # from here on the step itself writes what nobody may write by hand
        contact = self.sudo()._get_conversation()
        given = contact._read_questionnaire(answers)
        if not given:
            raise UserError(
                self.env._("Nothing was answered yet: choose at least one answer.")
            )
        person = contact._read_interviewee(role_id, interviewee_id)
        return contact._keep_answers(given, fields.Datetime.now(), *person).ids

    def _read_interviewee(self, role_id, interviewee_id):
        """Return ``(role, partner)`` of who answered, as they came from outside.

        :raise UserError: they do not exist, or are none of the customer's people
        """
        reader = self.env["revisit.reader"]
        found, labels = [], []
        for model, name, raw in (
            ("revisit.contact.role", "role_id", role_id),
            ("res.partner", "interviewee_id", interviewee_id),
        ):
            label = reader._get_label(self.env["revisit.answer"], name)
            ids = reader._read_ids(label, [raw]) if raw else []
            # who is asked is chosen by who may make the callback
            record = self.env[model].sudo().browse(ids or ()).exists()
            if raw and not record:
                self._refuse_interviewee(label)
            found.append(record)
            labels.append(label)
        role, person = found
        wanted = self.env["revisit.contact.role"].union(
            *(callback._get_roles_to_ask() for callback in self)
        )
        if role and role not in wanted:
            self._refuse_interviewee(labels[0])
        if person and not self._is_of_customer(person):
            self._refuse_interviewee(labels[1])
        # the customer is nobody else than who answers where nobody is named
        return role, person - self.partner_id

    def _is_of_customer(self, person):
        """Return whether somebody is one of the customer's people, of our company."""
        is_ours = not person.company_id or person.company_id in self.company_id
        return is_ours and person.commercial_partner_id in self.commercial_partner_id

    def _refuse_interviewee(self, label):
        raise UserError(
            self.env._(
                "%(field)s: choose one of the people of %(customer)s, in a role that"
                " the policy asks for.",
                field=label,
                customer=self.commercial_partner_id[:1].display_name,
            )
        )

    # ------------------------------------------------------------
    # SEVERAL PEOPLE
    # ------------------------------------------------------------

    def _count_roles(self):
        """Note how many of the roles that the policy names have answered."""
        for callback in self:
            asked = callback._get_roles_to_ask()
            if not asked:
                continue
            reached = asked & callback._get_conversation().answer_ids.role_id
            callback.write(
                {
                    "roles_asked": len(asked),
                    "roles_reached": len(reached),
                    "coverage": 100 * len(reached) / len(asked),
                }
            )

    def _get_conversation(self):
        leaders = self._get_leaders()
        return leaders | leaders._get_followers()

    def _get_roles_to_ask(self):
        """Return the roles that the policy wants interviewed this time."""
        self.ensure_one()
        # the rule holds for agents and dealers, who read no policies
        position = self.env["revisit.planner"]._get_position(self.occasion or "")
        wanted = ("all", "first" if position == 1 else "later")
        roles = self.sudo().policy_id.role_ids  # see above
        return roles.filtered(lambda role: role.applies_to in wanted).role_id
