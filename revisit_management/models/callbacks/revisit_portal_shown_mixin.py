# Part of Revisit. See LICENSE file for full copyright and licensing details.
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_datetime

from ...tools import faults, hours
from ...tools.terms import DONE_STATES, MEASURES, PAPER_CHANNELS

# the customer's verdict, whether a matter is settled; not the review's
VERDICT = "customer_confirmed"
# as many callbacks of a list are looked at for the next one
LOOKED_AT = 200
BADGES = {
    "upcoming": "text-bg-secondary",
    "due": "text-bg-info",
    "today": "text-bg-warning",
    "late": "text-bg-danger",
    "on_time": "text-bg-success",
    "missed": "text-bg-warning",
    "cancelled": "text-bg-secondary",
}


class RevisitPortalShownMixin(models.AbstractModel):
    """What the pages of dealers and customers show of a callback.

    Records are with sudo: that the callback is theirs was checked before.
    """

    _name = "revisit.portal.shown.mixin"
    _description = "Shown in the Portal"

    # ------------------------------------------------------------
    # THE LIST
    # ------------------------------------------------------------

    @api.model
    def _portal_search(self, domain, order, offset=0, limit=None):
        """Return a page of the dealer's list.

        :param order: ``due``: by the hour that was agreed with the customer or the end
            of the window, whichever comes first, as agents are offered their calls; or
            an order of Odoo's
        """
        if order != "due":
            return self.search(domain, order=order, offset=offset, limit=limit)
        query = self._search(domain, offset=offset, limit=limit)
        due = (
            self._field_to_sql(query.table, name, query)
            for name in ("next_attempt_at", "window_end")
        )
        # an hour that was not agreed is passed over
        query.order = SQL(
            "LEAST(%s), %s",
            SQL(", ").join(due),
            SQL.identifier(query.table, "id"),
        )
        return self.browse(query)

    @api.model
    def _get_due_today_domain(self):
        """Return the domain of what ends, or was promised, today or earlier."""
        zones = self.env["res.company"]._revisit_zones()
        promised = Domain.OR(
            (Domain.TRUE if len(zones) == 1 else Domain("company_id", "in", ids))
            & Domain("next_attempt_at", "<", self._get_end_of_today(zone))
            for zone, ids in zones
        )
        return self._get_ends_today_domain() | promised

    def _portal_find_next(self, domain):
        """Return what the dealer does next in a list, after the one on the page.

        What has just been tried, or cannot be, is passed over.

        :param domain: of the list, which decides what is the dealer's
        """
        now = fields.Datetime.now()
        reachable = Domain("phone_wrong_on", "=", False) & Domain(
            "do_not_contact", "=", False
        )
        reachable &= Domain("commercial_partner_id", "any!", reachable)
        waiting = Domain("window_start", "<=", now) & (
            Domain("next_attempt_at", "=", False) | Domain("next_attempt_at", "<=", now)
        )
        # dealers read no customers; whether they can be called is no secret
        waiting &= Domain("partner_id", "any!", reachable)
        found = self.sudo(False)._portal_search(
            domain & (waiting | Domain("is_open", "=", False)),
            order="due",
            limit=LOOKED_AT,
        )
        after = (
            found.ids[found.ids.index(self.id) + 1 :] if self.id in found.ids else ()
        )
        following = found.filtered(lambda c: c.id in after) or found
        return following.filtered(lambda c: c.id != self.id)[:1].sudo()  # see above

    # ------------------------------------------------------------
    # REFUSALS
    # ------------------------------------------------------------

    def _portal_tell(self, error):
        """Return a refusal as the page tells it, which shows what it is about.

        :return: dict with ``error`` and ``faults``: ``{name of a field: sentence}``
        """
        keys = {q["key"]: name for name, q in self._portal_questions().items()}
        places = {
            keys.get(place, place): self._portal_shorten(sentence)
            for place, sentence in faults.read(error).items()
        }
        is_redone = self._portal_is_to_redo()
        if not self.is_open and not is_redone:
            # the page has no fields any more
            places.clear()
        elif not (self._portal_needs_files() or is_redone):
            places.pop("files", None)
        return {"error": self._portal_shorten(str(error)), "faults": places}

    def _portal_shorten(self, sentence):
        """Return a sentence without the names of customer and policy."""
        contact = self._get_contact()
        for callback in contact:
            name = callback.about_text if len(contact) > 1 else ""
            name = name or self.env._("This callback")
            sentence = sentence.replace(callback._get_row_name(), name)
            sentence = sentence.replace(callback.display_name, name)
        return sentence

    # ------------------------------------------------------------
    # ONE CALLBACK
    # ------------------------------------------------------------

    def _portal_badge(self):
        return BADGES[self._portal_timing()]

    def _portal_timing(self):
        """Return ``timing``, but "today" also before a window that ends today opens."""
        if self.timing == "upcoming" and self._portal_days_left() == 0:
            return "today"
        return self.timing

    def _portal_days_left(self):
        """Return the days until the deadline in the company's calendar."""
        company = self.company_id
        return (company._revisit_day(self.deadline) - company._revisit_today()).days

    def _portal_due_label(self):
        """Return in words what the colour of the deadline means."""
        self.ensure_one()
        if self.state in DONE_STATES or self.state == "cancelled":
            timings = self._fields["timing"]._description_selection(self.env)
            return dict(timings)[self.timing]
        days = self._portal_days_left()
        if self.timing == "late":
            if days == 0:
                return self.env._("Late since today")
            if days == -1:
                return self.env._("Late by 1 day")
            return self.env._("Late by %(days)s days", days=-days)
        if days == 0:
            return self.env._("Due today")
        if days == 1:
            return self.env._("Due tomorrow")
        return self.env._("Due in %(days)s days", days=days)

    def _portal_measures(self):
        """Return [(name, label, value)] of the measures; False means not asked."""
        self.ensure_one()
        return [
            (name, self._fields[name]._description_string(self.env), self[name])
            for name in MEASURES
        ]

    def _portal_questions(self):
        """Return what the page asks: ``{name of the form's field: question}``.

        The questions are those of the whole conversation, see ``_get_questionnaire``.
        """
        self.ensure_one()
        together = self._get_finished_together()
        return {
            f"question_{question['key'].replace(':', '_')}": question
            for question in together._get_questionnaire()
        }

    def _portal_has_questions(self):
        """Return whether questions stand for the measures."""
        return bool(self.survey_id._get_revisit_questions())

    def _portal_address(self):
        """Return where the customer is visited, on one line without gaps."""
        address = self.partner_id.contact_address_inline or ""
        return ", ".join(part.strip() for part in address.split(",") if part.strip())

    def _portal_verdicts(self):
        """Return what the customer is asked to confirm, one row for each document.

        :return: {name of the form's field: callbacks about the same document}
        """
        self.ensure_one()
        together = self._get_finished_together()
        # nobody is asked twice about one matter
        asking = (together - together._get_settled_by_answers()).filtered(
            lambda c: c.source_model == "revisit.issue" or c._is_confirming()
        )
        rows = asking.grouped(lambda c: (c.source_model, c.source_id)).values()
        return {
            VERDICT if self in row else f"{VERDICT}_{row[0].id}": row for row in rows
        }

    def _portal_products(self):
        """Return the names of the callback's product, or of those its order sold."""
        self.ensure_one()
        products = self.product_id
        if not products:
            sold = self._get_document_products()
            products = sold.filtered(lambda p: p.type != "service")
        return ", ".join(products.mapped("display_name"))

    def _portal_standing(self):
        """Return what is to be done, and whether the customer may be tried."""
        self.ensure_one()
        return {
            "is_to_sign": self._portal_is_to_sign(),
            "is_to_redo": self._portal_is_to_redo(),
            "is_banned": self.partner_id._revisit_is_banned(),
            "is_parked": self._portal_is_parked(),
        }

    def _portal_get_slots(self):
        """Return the times at which to call again by one tap.

        Only at hours at which the customer may be called.

        :return: ``[(choice, label, hour)]``
        """
        self.ensure_one()
        if not self.is_open:
            return []
        now, zone = fields.Datetime.now(), self._get_customer_tz()
        first, last = self._get_call_hours()
        labels = {
            "hour": self.env._("In 1 hour"),
            "evening": self.env._("This evening"),
            "tomorrow": self.env._("Tomorrow"),
        }
        slots = []
        for choice, moment in self._get_times_again().items():
            if moment > now and first <= hours.local_hour(moment, zone) < last:
                clock = format_datetime(
                    self.env, moment, tz=self._portal_zone().key, dt_format="HH:mm"
                )
                slots.append((choice, labels[choice], clock))
        return slots

    def _portal_is_parked(self):
        """Return whether it waits for the customer's right number."""
        self.ensure_one()
        return self.channel == "phone" and bool(self.partner_id.phone_wrong_on)

    def _portal_get_seen_number(self, user):
        """Return the number if the dealer has looked it up before, or False.

        Whoever has just tried it tries it again: it is not masked once more.
        """
        self.ensure_one()
        is_shown = self.is_open and user in self.phone_reader_ids
        if not is_shown or self._portal_is_parked():
            return False
        return not self.partner_id._revisit_is_banned() and self._get_phone()

    def _portal_needs_files(self):
        channels = set(self._get_finished_together().mapped("channel"))
        return bool(channels & {*PAPER_CHANNELS, "visit"})

    def _portal_signing(self):
        """Return whether the page asks for a signature, and offers the refusal.

        The strictest rule of all callbacks that are finished together counts.
        """
        together = self._get_finished_together()
        return (
            "signature" in together._get_evidence_rules(),
            together._may_refuse_signature(),
        )

    def _portal_attachments(self):
        """Return the files that the dealer's own users have attached."""
        self.ensure_one()
        return (
            self.env["ir.attachment"]
            .search([("res_model", "=", self._name), ("res_id", "=", self.id)])
            .filtered(lambda a: a.create_uid.commercial_partner_id == self.dealer_id)
        )

    @api.model
    def _portal_zone(self):
        """Return the time zone in which the page shows and reads times."""
        return ZoneInfo(self.env.context.get("tz") or self.env.company._revisit_tz())
