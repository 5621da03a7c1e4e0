# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html

from ...tools import marks
from ...tools.fields import OptionalFloat
from ...tools.terms import ANSWER_CHANNELS, OPEN_STATES

MAIL_FIELDS = ("body_html", "subject")
# a customer is asked so often for the answers of one conversation
MOST_SENDINGS = 3
# days for which a link opens its page, even where the window ends before
LINK_DAYS = 7
# an agent looks after a questionnaire that has not come back after so many days
WAITING_DAYS = 3
# status of a notification: what it means for a questionnaire
DELIVERY = {
    "ready": "queued",
    "process": "queued",
    "pending": "sent",
    "sent": "sent",
    "bounce": "failed",
    "exception": "failed",
    "canceled": "failed",
}
ENDED = ("answered", "declined")


class RevisitMailedMixin(models.AbstractModel):
    """A questionnaire that the customer fills in, on a page of their own.

    The message has a link to the page, by e-mail or SMS. What the customer sends
    finishes the conversation, as a talk would: it is made by whoever has sent the
    questionnaire, at the moment at which the answers come.
    """

    _name = "revisit.mailed.mixin"
    _description = "Questionnaire Filled In by the Customer"

    _server_owned = {
        "questionnaire_error",
        "questionnaire_notification_id",
        "questionnaire_sent_at",
        "questionnaire_sent_by_id",
        "questionnaire_serial",
        "questionnaire_state",
        "return_rate",
        "returned_at",
    }

    questionnaire_state = fields.Selection(
        selection=[
            ("queued", "On Its Way"),
            ("sent", "Sent"),
            ("failed", "Not Delivered"),
            ("answered", "Answered"),
            ("declined", "Wants No More Contact"),
        ],
        string="Questionnaire Sent",
        readonly=True,
        copy=False,
        tracking=True,
        index="btree_not_null",
        help="What became of the questionnaire that was sent to the customer.",
    )
    questionnaire_error = fields.Char(
        string="Why Not Delivered", readonly=True, copy=False
    )
    questionnaire_sent_at = fields.Datetime(
        string="Sent On", readonly=True, copy=False, help="The last time."
    )
    questionnaire_sent_by_id = fields.Many2one(
        comodel_name="res.users", string="Sent By", readonly=True, copy=False
    )
    questionnaire_serial = fields.Integer(
        string="Times Sent",
        default=0,
        readonly=True,
        copy=False,
        aggregator=None,
        help="Only the link of the last message opens the page.",
    )
    questionnaire_notification_id = fields.Many2one(
        comodel_name="mail.notification",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
    )
    returned_at = fields.Datetime(
        string="Answered On",
        readonly=True,
        copy=False,
        help="When the customer has sent their answers.",
    )
    return_rate = OptionalFloat(
        string="Return Rate (%)",
        digits=(5, 2),
        compute="_compute_return_rate",
        store=True,
        aggregator="avg",
        help="100 for a questionnaire that came back, 0 for one that has not come back"
        " yet; empty where none was sent.",
    )
    can_send_questionnaire = fields.Boolean(
        compute="_compute_can_send_questionnaire", compute_sudo=True
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("questionnaire_sent_at", "returned_at")
    def _compute_return_rate(self):
        for callback in self:
            is_sent = bool(callback.questionnaire_sent_at)
            callback.return_rate = is_sent and (100.0 if callback.returned_at else 0.0)

    @api.depends("channel", "state", "contact_id", "policy_id.survey_id")
    def _compute_can_send_questionnaire(self):
        for callback in self:
            callback.can_send_questionnaire = (
                callback.is_open
                and callback.channel in ANSWER_CHANNELS
                and bool(callback._get_leaders()._get_sent_questions())
            )

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_send_questionnaire(self):
        """Send the customers a link to the questionnaire, each by their channel.

        :raise UserError: says for which customer it cannot be sent, and why
        """
        self._check_is_open()
        self.check_access("write")
        self._check_not_own()
        # from here on the step itself writes what nobody may write by hand
        leaders = self.sudo()._get_leaders()
        for leader in leaders:
            leader._check_may_be_sent()
        leaders.sudo(False).filtered(lambda c: not c.user_id).action_take()
        leaders._send_questionnaires(self.env.user)
        return True

    def _check_may_be_sent(self):
        """Raise unless the questionnaire of a conversation may be sent (sudo)."""
        self.ensure_one()
        if self.channel not in ANSWER_CHANNELS:
            labels = dict(self._fields["channel"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(callback)s is made by %(channel)s: a questionnaire is sent by"
                    " e-mail, SMS or as an online survey. Choose one of these channels"
                    " first.",
                    callback=self.display_name,
                    channel=labels[self.channel],
                )
            )
        if not self._get_sent_questions():
            raise UserError(
                self.env._(
                    "%(policy)s has no questionnaire, so there is nothing to send. Have"
                    " your manager choose one on the policy.",
                    policy=self.policy_id.name,
                )
            )
        self._check_worth_sending()
        self._check_recipient()

    def _check_recipient(self):
        """Refuse to write to who wants no contact, or has no address."""
        customer = self.partner_id.name
        if self._get_changer() == self.env.user:
            raise UserError(
                self.env._(
                    "You have entered the address of %(customer)s yourself: have a"
                    " colleague send the questionnaire.",
                    customer=customer,
                )
            )
        if self.partner_id._revisit_is_banned():
            raise UserError(
                self.env._(
                    "%(customer)s asked not to be contacted. Have a supervisor"
                    " cancel the callback.",
                    customer=customer,
                )
            )
        if not self._get_recipient()[0]:
            raise UserError(
                self.env._(
                    "No address of %(customer)s is known to which the questionnaire can"
                    " be sent. Enter it, or have your supervisor choose another"
                    " channel.",
                    customer=customer,
                )
            )

    def _check_worth_sending(self):
        """Refuse to ask too early, or again before the customer can have answered."""
        self._check_unanswered()
        now = fields.Datetime.now()
        if now < self.window_start:
            raise UserError(
                self.env._(
                    "%(callback)s: its window opens on %(moment)s. Send the"
                    " questionnaire then.",
                    callback=self.display_name,
                    moment=self._format_time(self.window_start),
                )
            )
        is_failed = self.questionnaire_state == "failed"
        if self.questionnaire_serial >= MOST_SENDINGS:
            raise UserError(
                self.env._(
                    "%(callback)s: the questionnaire was sent %(count)s times. Finish"
                    " the callback as not reached, or have your supervisor choose"
                    " another channel.",
                    callback=self.display_name,
                    count=self.questionnaire_serial,
                )
            )
        sent_at = self.questionnaire_sent_at
        if sent_at and not is_failed and now - sent_at < timedelta(days=1):
            raise UserError(
                self.env._(
                    "%(callback)s: the questionnaire was sent on %(moment)s. Give the"
                    " customer a day to answer.",
                    callback=self.display_name,
                    moment=self._format_time(sent_at),
                )
            )

    def _check_unanswered(self):
        if self._get_conversation().answer_ids:
            raise UserError(
                self.env._(
                    "%(callback)s: answers were noted already. Finish it, or have your"
                    " supervisor correct them: the customer is not asked again.",
                    callback=self.display_name,
                )
            )

    # ------------------------------------------------------------
    # SENDING (with sudo, after the rights were checked)
    # ------------------------------------------------------------

    def _get_sent_questions(self):
        """Return what the customer is asked: the questions of the conversation."""
        together = self[:1]._get_finished_together()
        return together._get_asked() or together.filtered(lambda c: c._is_confirming())

    def _get_questionnaire_text(self):
        """Return in a line what became of the questionnaire, or an empty text."""
        self.ensure_one()
        if not self.questionnaire_state:
            return ""
        states = self._fields["questionnaire_state"]._description_selection(self.env)
        return self.env._(
            "questionnaire of %(moment)s: %(state)s",
            moment=self.env["revisit.console"]._format_moment(
                self.questionnaire_sent_at
            ),
            state=dict(states)[self.questionnaire_state],
        )

    def _send_questionnaires(self, sender):
        now = fields.Datetime.now()
        for callback in self:
            again = now + timedelta(days=WAITING_DAYS)
            if now < callback.window_end < again:
                again = callback.window_end
            callback.write(
                {
                    "questionnaire_state": "queued",
                    "questionnaire_error": False,
                    "questionnaire_sent_at": now,
                    "questionnaire_sent_by_id": sender.id,
                    "questionnaire_serial": callback.questionnaire_serial + 1,
                    # until then the customer has the word
                    "next_attempt_at": again,
                }
            )
        self._note_changers()
        by_way = {"email": self._queue_answer_emails, "sms": self._queue_answer_sms}
        for way, callbacks in self.grouped(lambda c: c._get_recipient()[1]).items():
            for callback, notification in by_way[way](callbacks).items():
                callback.questionnaire_notification_id = notification
        self._release_customers()

    @api.model
    def _queue_answer_emails(self, callbacks):
        """Hand e-mails to Odoo's queue; return ``{callback: notification}``."""
        template = self.env.ref("revisit_management.mail_template_callback_answer")
        contents = template._generate_template(callbacks.ids, MAIL_FIELDS)
        messages = callbacks._create_answer_messages(
            {
                callback: {
                    "body": contents[callback.id]["body_html"],
                    "subject": contents[callback.id]["subject"],
                    **callback._get_sender(),
                    "message_type": "email_outgoing",
                }
                for callback in callbacks
            }
        )
        mails = callbacks._create_answer_mails(messages)
        self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()
        return callbacks._create_answer_notifications(
            [
                {
                    "mail_message_id": mail.mail_message_id.id,
                    "notification_type": "email",
                    "mail_mail_id": mail.id,
                    "res_partner_id": mail.recipient_ids.id,
                }
                for mail in mails
            ]
        )

    def _create_answer_mails(self, messages):
        asking = {marks.ASKING: marks.Told(True)}
        return (
            self.env["mail.mail"]
            .with_context(**asking)
            .create(
                [
                    {
                        "auto_delete": True,
                        "body_html": message.body,
                        "mail_message_id": message.id,
                        "recipient_ids": callback._get_recipient()[0].ids,
                        "revisit_callback_id": callback.id,
                    }
                    for callback, message in zip(self, messages, strict=True)
                ]
            )
        )

    @api.model
    def _queue_answer_sms(self, callbacks):
        """Hand SMS to Odoo's queue; return ``{callback: notification}``."""
        template = self.env.ref("revisit_management.sms_template_callback_answer")
        bodies = template._render_field("body", callbacks.ids, compute_lang=True)
        messages = callbacks._create_answer_messages(
            {
                callback: {
                    "body": plaintext2html(bodies[callback.id]),
                    "message_type": "sms",
                    "reply_to": False,
                }
                for callback in callbacks
            }
        )
        recipients = {c: c._get_recipient()[0] for c in callbacks}
        asking = {marks.ASKING: marks.Told(True)}
        sms = (
            self.env["sms.sms"]
            .with_context(**asking)
            .create(
                [
                    {
                        "body": bodies[callback.id],
                        "mail_message_id": message.id,
                        "number": callback._read_number(recipients[callback]),
                        "partner_id": recipients[callback].id,
                        "revisit_callback_id": callback.id,
                    }
                    for callback, message in zip(callbacks, messages, strict=True)
                ]
            )
        )
        self.env.ref("sms.ir_cron_sms_scheduler_action")._trigger()
        return callbacks._track_answer_sms(sms)

    def _track_answer_sms(self, sms):
        """Create what tracks the delivery of each SMS; ``{callback: notification}``."""
        notifications = self._create_answer_notifications(
            [
                {
                    "mail_message_id": one.mail_message_id.id,
                    "notification_type": "sms",
                    "sms_id_int": one.id,
                    "sms_number": one.number,
                    "res_partner_id": one.partner_id.id,
                }
                for one in sms
            ]
        )
        self.env["sms.tracker"].create(
            [
                {"sms_uuid": one.uuid, "mail_notification_id": notification.id}
                for one, notification in zip(sms, notifications.values(), strict=True)
            ]
        )
        return notifications

    def _get_sender(self):
        """Return whose message it is: a reply quotes the link, and comes to us."""
        company = self.company_id
        address = company.email_formatted or self.env.user.email_formatted
        return {"email_from": address, "reply_to": address}

    def _create_answer_messages(self, contents):
        """Create the internal note on each callback of which a message is made."""
        note = self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_note")
        return self.env["mail.message"].create(
            [
                {
                    "author_id": callback.company_id.partner_id.id,
                    "model": callback._name,
                    "res_id": callback.id,
                    "subtype_id": note,
                    "record_company_id": callback.company_id.id,
                    **contents[callback],
                }
                for callback in self
            ]
        )

    def _create_answer_notifications(self, vals_list):
        """Create what tracks each delivery; return ``{callback: notification}``."""
        notifications = self.env["mail.notification"].create(
            [
                {"is_read": True, "notification_status": "ready", **vals}
                for vals in vals_list
            ]
        )
        return dict(zip(self, notifications, strict=True))

    @api.model
    def _follow_questionnaires(self, notifications):
        """Note on the callbacks what became of the messages that were sent."""
        callbacks = self.search(
            [
                ("questionnaire_notification_id", "in", notifications.ids),
                ("questionnaire_state", "not in", ENDED),
                # what was made, and perhaps locked, waits for no message any more
                ("state", "in", OPEN_STATES),
            ]
        )
        for callback in callbacks:
            notification = callback.questionnaire_notification_id
            state = DELIVERY[notification.notification_status]
            is_failed = state == "failed"
            reason = notification.failure_reason or notification.format_failure_reason()
            callback.write(
                {
                    "questionnaire_state": state,
                    "questionnaire_error": is_failed
                    and self.env["revisit.touch"]._mask_contacts(reason),
                    # an agent has to find another way at once
                    **({"next_attempt_at": False} if is_failed else {}),
                }
            )
