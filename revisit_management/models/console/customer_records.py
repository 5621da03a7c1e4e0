# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date
from odoo.tools.misc import formatLang

from ...tools import windows
from ...tools.terms import ANSWER_CHANNELS, DONE_STATES
from ..callbacks.customer import HISTORY_LIMIT

# as many of each kind are shown: the latest ones
SHOWN = 5
# as many products of a document are named
MOST_NAMED = 3


class RevisitConsole(models.AbstractModel):
    """What the console tells of the customer: who they are, what they bought, what was.

    Whoever has to make a callback sees what they need for the talk, without rights on
    orders, deliveries or repairs, and of the callback's company only.
    """

    _inherit = "revisit.console"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _get_customer(self, callback):
        # who may read the callback may see whom they call
        partner = callback.sudo().partner_id
        number = False
        # who gets a questionnaire is not called, so nobody looks up the number
        is_called = (
            self._is_made_by_user(callback) and not callback.can_send_questionnaire
        )
        if is_called and callback.phone_masked and not partner._revisit_is_banned():
            number = callback._reveal_phone()
        return {
            "name": partner.display_name,
            "company": partner.commercial_partner_id.name
            if partner.commercial_partner_id != partner
            else "",
            "number": number,
            "dial": number and self._get_dialled(callback, number),
            "masked": callback.phone_masked or "",
            "goes_to": self._get_goes_to(callback),
            "address": self._get_address(callback),
            "facts": self._get_facts(callback),
        }

    @api.model
    def _get_goes_to(self, callback):
        """Return the masked address that gets the questionnaire, or an empty text."""
        if callback.channel not in ANSWER_CHANNELS:
            return ""
        # who sends it may see whom it reaches, but never the address itself
        known = callback.sudo()
        contact, kind = known._get_recipient()
        if kind == "sms":
            return known._mask_phone(contact.phone) or ""
        return known._mask_email(contact.email) or ""

    @api.model
    def _get_address(self, callback):
        """Return in a line where the customer is met, or an empty text."""
        if callback.channel != "visit":
            return ""
        partner = callback.sudo().partner_id  # who goes there has to know where
        family = (partner, partner.commercial_partner_id)
        met = next((one for one in family if one.street or one.city), partner)
        # the form of a country's letters leaves gaps where a part is not known
        parts = (met.street, met.street2, met.zip, met.city, met.state_id.name)
        return ", ".join(filter(None, parts))

    @api.model
    def _get_dialled(self, callback, number):
        """Return a number as phones dial it, or False where there are several."""
        # a number without a country is one of the customer's, or of ours
        country = (
            callback.sudo().partner_id.country_id
            or callback.company_id.sudo().country_id
        )
        dialled = callback._normalise_number(number, country)
        return dialled if dialled.startswith("+") else False

    @api.model
    def _format_date(self, day):
        """Return a date as it stands in a moment, see :meth:`_format_moment`."""
        return format_date(self.env, day, date_format="short") if day else ""

    @api.model
    def _format_day(self, callback, moment):
        """Return the day of a moment, in the time zone of the callback's company."""
        # the day is the company's, whoever may read its settings
        zone = callback.company_id.sudo()._revisit_tz()
        return self._format_date(moment and windows.local_date(moment, zone))

    @api.model
    def _get_facts(self, callback):
        """Return what to know at a glance: bought, fitted, said the last time."""
        facts = []
        if line := self._find_owned(callback):
            facts.append(self._get_owned_fact(line))
        talks = self._find_talks(callback)
        # who was not reached has said nothing
        if last := talks.filtered(lambda talk: talk.result != "not_reached")[:1]:
            said = last.feedback or ""
            figure = last.satisfaction
            facts.append(
                self.env._(
                    "last time %(figure)s %(words)s",
                    figure="–" if figure is False else round(figure),
                    words=f"“{said}”" if said else "",
                ).strip()
            )
        return facts

    @api.model
    def _find_owned(self, callback):
        """Return the installed product that the call is about, or none.

        The one for which it is planned, or which the order or delivery brought; else
        one of the same product. Where it is about no product, the first one is shown.
        """
        # shown to whoever may read the lines
        lines = callback.customer_product_ids.sudo()
        contact = callback.sudo()._get_contact()  # one conversation
        for reason in contact:
            if found := self._find_documented(callback, reason):
                return found
        about = contact.product_id
        for reason in contact:
            about |= reason._get_document_products()
        return lines.filtered(lambda line: not about or line.product_id in about)[:1]

    @api.model
    def _find_documented(self, callback, reason):
        """Return the installed product that a reason's own document names, or none."""
        lines = callback.env["revisit.archive.line"]
        document = reason.source_id
        ordered = Domain("sale_line_id", "any!", [("order_id", "=", document)])
        domain = {
            "revisit.archive.line": Domain("id", "=", document),
            "stock.picking": Domain("move_id", "any!", [("picking_id", "=", document)]),
            "sale.order": Domain("move_id", "any!", ordered),
        }.get(reason.source_model)
        if domain is None:
            return lines.sudo()  # nothing, as what is found
        if reason.product_id:
            domain &= Domain("product_id", "=", reason.product_id.id)
        # who may read the line may see who has fitted it
        return lines.search(domain, limit=1).sudo()

    @api.model
    def _get_bought(self, reason):
        """Return in a line what was bought or delivered, beyond what is named."""
        # who has to make the callback sees what it is about, see the class
        products = reason.sudo()._get_document_products() - reason.product_id
        names = products.with_context(display_default_code=False).mapped("display_name")
        more = len(names) - MOST_NAMED
        if more > 0:
            names = [*names[:MOST_NAMED], self.env._("%(count)s more", count=more)]
        return ", ".join(names)

    @api.model
    def _get_owned_fact(self, line):
        """Return what the customer owns, and since when, of an installed product."""
        product = line.product_id.with_context(display_default_code=False).display_name
        day = self._format_date(line.installed_on or line.sold_on)
        name = line.installed_by_id.name
        if line.installed_on and name:
            return self.env._(
                "%(product)s, fitted on %(day)s by %(name)s",
                product=product,
                day=day,
                name=name,
            )
        if line.installed_on:
            return self.env._(
                "%(product)s, fitted on %(day)s", product=product, day=day
            )
        if line.sold_on:
            return self.env._("%(product)s, sold on %(day)s", product=product, day=day)
        return product

    # ------------------------------------------------------------
    # RECORDS
    # ------------------------------------------------------------

    @api.model
    def _get_records(self, callback):
        """Return sections of rows: ``[{"key", "title", "rows": [[text, …], …]}]``."""
        sections = (
            ("issues", self.env._("Open Issues"), self._get_issues(callback)),
            ("history", self.env._("Earlier Callbacks"), self._get_history(callback)),
            ("products", self.env._("Installed Products"), self._get_owned(callback)),
            ("orders", self.env._("Purchases"), self._get_orders(callback)),
            ("pickings", self.env._("Deliveries"), self._get_deliveries(callback)),
            ("repairs", self.env._("Repairs"), self._get_repairs(callback)),
        )
        return [
            {"key": key, "title": title, "rows": rows}
            for key, title, rows in sections
            if rows
        ]

    @api.model
    def _get_issues(self, callback):
        issues = callback.customer_issue_ids[:SHOWN]
        states = dict(issues._fields["state"]._description_selection(self.env))
        return [
            [issue.name, issue.category_id.name, states[issue.state]]
            for issue in issues
        ]

    @api.model
    def _find_talks(self, callback):
        """Return the customer's finished callbacks, the last one first (sudo).

        Whoever has made them: a customer talks to the company. What verifies the
        user's own work is not for them.
        """
        # what was said is shown, see the class; the callbacks themselves are not
        known = callback.sudo()
        return known.search(
            Domain("commercial_partner_id", "=", known.commercial_partner_id.id)
            & Domain("company_id", "=", known.company_id.id)
            & Domain("id", "!=", known.id)
            & Domain("state", "in", DONE_STATES)
            & callback._get_not_own_domain(),
            order="done_at desc, id desc",
            limit=HISTORY_LIMIT,
        )

    @api.model
    def _get_history(self, callback):
        """Return the earlier talks, each once, whatever it was about."""
        found = self._find_talks(callback)
        talks = {row.done_at: row for row in found.sorted("id")}
        rows = found.filtered(lambda row: row in talks.values())[:SHOWN]
        results = dict(rows._fields["result"]._description_selection(self.env))
        return [
            [
                self._format_day(callback, row.done_at),
                row.policy_id.name,
                row.made_by_id.name or "",
                results.get(row.result, ""),
                "" if row.satisfaction is False else f"{row.satisfaction:g}",
                row.feedback or "",
            ]
            for row in rows
        ]

    @api.model
    def _get_hints(self, callback):
        """Return what others did with the customer that bears on this very call."""
        hints = []
        # what was said and agreed is shown, see the class
        known, now = callback.sudo(), fields.Datetime.now()
        zone = known.company_id._revisit_tz()
        today = windows.day_start(windows.local_date(now, zone), zone)
        talks = self._find_talks(callback)
        refused = talks.filtered(
            lambda talk: talk.result == "refused" and talk.done_at >= today
        )[:1]
        if refused:
            hints.append(
                self.env._(
                    "The customer has refused today: %(user)s, %(moment)s"
                    " (%(policy)s).",
                    user=refused.made_by_id.name or "",
                    moment=self._format_moment(refused.done_at),
                    policy=refused.policy_id.name,
                )
            )
        if later := known._find_later_calls().get(known):
            hints.append(self._get_later_hint(later))
        return hints

    @api.model
    def _get_later_hint(self, later):
        """Return when the customer is rung next for another reason, and why then.

        :param later: the other callback (sudo)
        """
        last = later.attempt_ids[:1]
        texts = {
            "user": last.user_id.name or later.user_id.name or "",
            "moment": self._format_moment(later.next_attempt_at),
            "policy": later.policy_id.name,
        }
        # the others are tried again by a rule, of which the customer knows nothing
        if later.next_attempt_at in later.attempt_ids.mapped("next_at"):
            return self.env._(
                "%(user)s has agreed with this customer to call again on"
                " %(moment)s (%(policy)s).",
                **texts,
            )
        outcomes = dict(last._fields["outcome"]._description_selection(self.env))
        return self.env._(
            "%(user)s has tried this customer on %(tried)s: %(outcome)s. The next try"
            " is due from %(moment)s (%(policy)s).",
            tried=self._format_moment(last.at) if last else "",
            outcome=outcomes.get(last.outcome, ""),
            **texts,
        )

    @api.model
    def _get_owned(self, callback):
        # names of products and people, of lines that the user may read
        lines = callback.customer_product_ids[:SHOWN].sudo()
        return [
            [
                line.product_id.with_context(display_default_code=False).display_name,
                line.serial_number or "",
                self._format_date(line.sold_on),
                self.env._(
                    "warranty to %(day)s",
                    day=self._format_date(line.warranty_until),
                )
                if line.warranty_until
                else "",
            ]
            for line in lines
        ]

    @api.model
    def _get_documents(self, callback, model, domain, order):
        """Return the customer's latest documents of the callback's company (sudo)."""
        # who has to make the callback sees what it may be about, see the class
        family = callback.sudo().commercial_partner_id
        return (
            self.env[model]
            .sudo()  # see above
            .search(
                [
                    ("partner_id", "child_of", family.id),
                    ("company_id", "=", callback.company_id.id),
                    *domain,
                ],
                order=order,
                limit=SHOWN,
            )
        )

    @api.model
    def _get_orders(self, callback):
        orders = self._get_documents(
            callback, "sale.order", [("state", "=", "sale")], "date_order desc, id desc"
        )
        return [
            [
                order.name,
                self._format_day(callback, order.date_order),
                ", ".join(order.order_line.product_id.mapped("name")[:3]),
                formatLang(
                    self.env, order.amount_total, currency_obj=order.currency_id
                ),
            ]
            for order in orders
        ]

    @api.model
    def _get_deliveries(self, callback):
        pickings = self._get_documents(
            callback,
            "stock.picking",
            [("state", "=", "done"), ("picking_type_code", "=", "outgoing")],
            "date_done desc, id desc",
        )
        return [
            [
                picking.name,
                self._format_day(callback, picking.date_done),
                ", ".join(picking.move_ids.product_id.mapped("name")[:3]),
            ]
            for picking in pickings
        ]

    @api.model
    def _get_repairs(self, callback):
        repairs = self._get_documents(
            callback, "repair.order", [("state", "!=", "cancel")], "id desc"
        )
        states = dict(repairs._fields["state"]._description_selection(self.env))
        return [
            [
                repair.name,
                self._format_day(callback, repair.create_date),
                repair.product_id.name or "",
                repair.technician_id.name or "",
                states[repair.state],
            ]
            for repair in repairs
        ]
