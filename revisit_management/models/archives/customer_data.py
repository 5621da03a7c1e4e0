# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta, timezone

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date, html2plaintext, plaintext2html
from odoo.tools.misc import hash_sign

from ...tools import hours, phones
from ...tools.links import DATA_PATH, DATA_SCOPE, MAX_LINK
from ...tools.tasks import heard
from ...tools.values import MAX_ID, NOTE_SIZE

WRONG = "revisit_management.activity_type_customer_data"
SAME = "revisit_management.activity_type_customer_same"
FILED = "revisit_management.activity_type_customer_filed"
# how long a link to the page opens it, and how many rows of each kind it shows
LINK_HOURS, SHOWN = 24, 50
# how many requests of one customer may wait
MAX_WAITING = 5


class ResPartner(models.Model):
    """The customer's own page: what is known about them, for what, and on what ground.

    A key opens it that only pages make which the customer has opened already; it
    stands in no message and no field, so that nobody of ours ever holds it. It names
    customer and company, and ends after a day. What the customer finds wrong becomes a
    task for the unit; nothing is overwritten from outside.
    """

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    # ------------------------------------------------------------
    # THE KEY
    # ------------------------------------------------------------

    def _revisit_get_data_url(self, company):
        """Return the address of the page with its key.

        Only for pages that the customer has opened with a key of their own.
        """
        self.ensure_one()
        end = fields.Datetime.now() + timedelta(hours=LINK_HOURS)
        end = end.replace(tzinfo=timezone.utc)
        # only the system may read the secret that signs
        key = hash_sign(self.sudo().env, DATA_SCOPE, [self.id, company.id], end)
        return f"{DATA_PATH}{self.id}?access_token={key}"

    @api.model
    def _revisit_open_data(self, partner_id, key, expired=False):
        """Return the customer and the company that a key names, as the superuser.

        :param partner_id: the number in the address
        :param key: what the visitor sent, of any type and content
        :param expired: open keys whose time is over, too, to say whose they were
        :return: two empty recordsets for every key that is wrong or expired
        """
        system = self.with_user(SUPERUSER_ID)
        nobody = system.browse(), system.env["res.company"].browse()
        if not isinstance(key, str) or not 0 < len(key) <= MAX_LINK:
            return nobody
        try:
            payload = self.env["revisit.callback"]._verify_key(DATA_SCOPE, key, expired)
        except ValueError:  # not base64, not UTF-8, or another version
            return nobody
        if payload is None or partner_id > MAX_ID or payload[0] != partner_id:
            return nobody
        partner = system.browse(partner_id).exists().filtered("active")
        company = system.env["res.company"].browse(payload[1]).exists()
        return (partner, company) if partner and company else nobody

    # ------------------------------------------------------------
    # WHAT IS KNOWN (with sudo, after the key or the login was checked)
    # ------------------------------------------------------------

    def _revisit_get_known(self, company, is_signed_in):
        """Return what the page shows, in the language of the context.

        :param is_signed_in: who has only a link, which may have been passed on, sees
            numbers and addresses with the middle hidden
        """
        self.ensure_one()
        return {
            "facts": self._revisit_get_facts(company, is_signed_in),
            "products": self._revisit_get_owned(company, is_signed_in),
            "callbacks": self._revisit_get_contacts(company),
            "answers": self._revisit_get_answers(company),
            "issues": self._revisit_get_concerns(company),
            "consents": self._revisit_get_consents(),
            "is_waiting": bool(self._revisit_get_waiting()),
            "is_banned": self._revisit_is_banned(),
            "purpose": company.revisit_data_purpose,
            "ground": company.revisit_data_ground,
        }

    def _revisit_get_facts(self, company, is_signed_in):
        """Return ``[(label, value)]`` of the customer's own data that are kept."""
        street = " ".join(filter(None, (self.street, self.street2)))
        values = {
            "name": self.name,
            "phone": self.phone,
            "email": self.email,
            "street": street,
            "city": " ".join(filter(None, (self.zip, self.city))),
            "birthday": self.birthday and format_date(self.env, self.birthday),
            "special_needs": self.special_needs,
        }
        if not is_signed_in:
            values |= {
                "name": phones.mask_name(self.name),
                "phone": phones.mask_numbers(self.phone),
                "email": phones.mask_addresses(self.email),
                "street": phones.mask_text(street),
                "birthday": self.birthday and phones.HIDDEN,
                "special_needs": self.special_needs and phones.HIDDEN,
            }
        return [
            (self._fields[name]._description_string(self.env), value)
            for name, value in values.items()
            if value
        ]

    def _revisit_get_owned(self, company, is_signed_in):
        lines = self.env["revisit.archive.line"].search(
            [("partner_id", "=", self.id), ("company_id", "=", company.id)],
            limit=SHOWN,
        )
        return [
            {
                "name": line.product_id.name,
                "number": line.serial_number
                if is_signed_in
                else phones.mask_text(line.serial_number),
                "sold_on": line.sold_on and format_date(self.env, line.sold_on),
                "until": line.warranty_until
                and format_date(self.env, line.warranty_until),
            }
            for line in lines
        ]

    def _revisit_get_contacts(self, company):
        """Return the callbacks made and planned, each with its purpose."""
        callbacks = self.env["revisit.callback"].search(
            [
                ("partner_id", "=", self.id),
                ("company_id", "=", company.id),
                ("state", "!=", "cancelled"),
            ],
            order="window_start desc, id desc",
            limit=SHOWN,
        )
        channels = dict(callbacks._fields["channel"]._description_selection(self.env))
        return [
            {
                "day": format_date(
                    self.env,
                    company._revisit_day(callback.done_at or callback.window_start),
                ),
                "is_planned": callback.is_open,
                "purpose": callback._get_customer_purpose(),
                "channel": channels.get(callback.channel),
                "words": callback.feedback,
            }
            for callback in callbacks
        ]

    def _revisit_get_answers(self, company):
        answers = self.env["revisit.answer"].search(
            [("partner_id", "=", self.id), ("company_id", "=", company.id)],
            order="answered_at desc, id desc",
            limit=SHOWN,
        )
        return [
            {
                "day": format_date(self.env, company._revisit_day(answer.answered_at)),
                "question": answer.title,
                "answer": answer.answer_text,
            }
            for answer in answers
        ]

    def _revisit_get_concerns(self, company):
        issues = self.env["revisit.issue"].search(
            [("partner_id", "=", self.id), ("company_id", "=", company.id)],
            order="id desc",
            limit=SHOWN,
        )
        return [
            {
                "day": format_date(self.env, company._revisit_day(issue.create_date)),
                "name": issue.name,
                "is_open": issue.is_open,
            }
            for issue in issues
        ]

    def _revisit_get_consents(self):
        """Return ``[(question, answer)]`` of what the customer has agreed to.

        Extend it for consents that another add-on asks for.
        """
        banned = self._revisit_is_banned()
        answer = self.env._("No") if banned else self.env._("Yes")
        since = self.do_not_contact_date
        if banned and since:
            answer = self.env._("No, since %(day)s", day=format_date(self.env, since))
        consents = [(self.env._("May we contact you?"), answer)]
        if not banned:
            channels = dict(
                self._fields["callback_channel"]._description_selection(self.env)
            )
            consents.append(
                (
                    self.env._("How and when"),
                    self.env._(
                        "%(channel)s, from %(first)s to %(last)s",
                        channel=channels.get(self.callback_channel)
                        or self.env._("Any way"),
                        first=hours.format_hour(self.callback_hour_from),
                        last=hours.format_hour(self.callback_hour_to),
                    ),
                )
            )
        return consents

    # ------------------------------------------------------------
    # WHAT THE CUSTOMER ASKS FOR (with sudo, as above)
    # ------------------------------------------------------------

    def _revisit_get_waiting(self):
        """Return the tasks to correct the customer's data that are still open."""
        kind = self.env.ref(WRONG, raise_if_not_found=False)
        return self.activity_ids.filtered(lambda task: task.activity_type_id == kind)

    def _revisit_ask_correction(self, company, words):
        """Give the unit the task to correct what the customer says is wrong.

        :raise UserError: nothing is said, or it cannot be kept; for the customer
        """
        self.ensure_one()
        self._revisit_check_words(words)
        waiting = self._revisit_get_waiting()
        if words in [html2plaintext(task.note).strip() for task in waiting]:
            return  # the form was sent twice
        finder = self._revisit_get_corrector(company)
        if not finder or len(waiting) >= MAX_WAITING:
            raise UserError(
                self.env._("We could not take your words. Please call us instead.")
            )
        told = self.with_context(lang=finder.lang)
        told._revisit_give_task(
            WRONG,
            company,
            finder,
            told.env._("The customer says that something is wrong"),
            words,
        )
        ours = self.with_context(lang=company.partner_id.lang)
        ours._message_log(
            body=ours.env._("The customer asked to have their data corrected.")
        )

    def _revisit_give_task(self, kind, company, user, summary, words):
        """Give a colleague a task about the customer's data (sudo)."""
        heard(self).activity_schedule(
            kind,
            date_deadline=company._revisit_today(),
            summary=summary,
            note=plaintext2html(words),
            user_id=user.id,
        )

    def _revisit_ask_whether_same(self, company, others):
        """Give the unit the task to see whether two contacts are one person (sudo)."""
        self.ensure_one()
        finder = self._revisit_get_corrector(company)
        if not finder:
            return
        told = self.with_context(lang=finder.lang)
        told._revisit_give_task(
            SAME,
            company,
            finder,
            told.env._("One customer, or two?"),
            told.env._(
                "%(dealer)s has filed a sale for this number under another name than"
                " %(others)s. Find out whether it is the same customer; if so, merge"
                " the contacts.",
                dealer=self.dealer_id.name,
                others=", ".join(others.mapped("display_name")),
            ),
        )

    def _revisit_ask_about_filings(self, company, dealer):
        """Have the unit look at a dealer's many sales, once a day (sudo)."""
        self.ensure_one()
        finder = self._revisit_get_corrector(company)
        kind, today = self.env.ref(FILED), company._revisit_today()
        given = self.activity_ids.filtered(
            lambda task: task.activity_type_id == kind and task.date_deadline == today
        )
        if not finder or given:
            return
        told = self.with_context(lang=finder.lang)
        told._revisit_give_task(
            FILED,
            company,
            finder,
            told.env._("Many sales for one customer"),
            told.env._(
                "%(dealer)s wants to file more sales for this customer than is usual"
                " in a day (the limit is ours, no rulebook's). See whether those of"
                " today are right; archive what is not, and file the others.",
                dealer=dealer.name,
            ),
        )

    @api.model
    def _revisit_check_words(self, words):
        if not words:
            raise UserError(
                self.env._("Please tell us what is wrong, and what is right.")
            )
        if len(words) > NOTE_SIZE:
            raise UserError(
                self.env._(
                    "Your words have %(count)s characters, and %(limit)s are kept:"
                    " please shorten them.",
                    count=len(words),
                    limit=NOTE_SIZE,
                )
            )

    def _revisit_get_corrector(self, company):
        """Return who corrects the customer's data: whose unit calls them, or leads."""
        latest = self.env["revisit.callback"].search(
            [("partner_id", "=", self.id), ("company_id", "=", company.id)],
            order="window_start desc, id desc",
            limit=1,
        )
        managers = latest._get_managers() if latest else self.env["res.users"]
        if not managers:
            units = self.env["revisit.team"].search(
                [("company_id", "=", company.id), ("manager_id", "!=", False)],
                order="parent_path, id",
            )
            managers = units.manager_id.filtered(
                lambda user: user.active and not user.share
            )
        return managers[:1]

    def _revisit_stop(self, company):
        """Contact the customer no more, who has asked for it on the page."""
        self.ensure_one()
        if self.do_not_contact:
            return
        ours = self.with_context(lang=company.partner_id.lang)
        ours.write(
            {
                "do_not_contact": True,
                "do_not_contact_reason": ours.env._(
                    "Asked for it on the page of their data."
                ),
            }
        )
