# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Factories and users for the tests of this module and of those above it.

The clock stands at ``NOW``, a Tuesday, 09:00 in Shanghai, where the company is.
"""

import base64
import io
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from PIL import Image, ImageDraw

from odoo import Command
from odoo.fields import Datetime
from odoo.tests import freeze_time, new_test_user

from odoo.addons.base.tests.common import BaseCommon

ZONE = "Asia/Shanghai"
NOW = datetime(2026, 3, 10, 1, 0)
# smallest unit that Odoo stores
SECOND = timedelta(seconds=1)


def utc(zone, *parts):
    """Return the naive UTC datetime of a local wall clock time.

    >>> utc("Asia/Shanghai", 2026, 3, 11)
    datetime.datetime(2026, 3, 10, 16, 0)
    """
    moment = datetime(*parts, tzinfo=ZoneInfo(zone))
    return moment.astimezone(timezone.utc).replace(tzinfo=None)


def draw_signature(points=((20, 60), (80, 20), (120, 70), (220, 30))):
    """Return base64 of a PNG with a stroke, on a transparent ground as pads make it."""
    image = Image.new("RGBA", (240, 80), (255, 255, 255, 0))
    ImageDraw.Draw(image).line(points, fill="darkblue", width=2)
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode()


SIGNATURE = draw_signature()


class RevisitMixin:
    """The factories, without a base class, for TransactionCase and HttpCase."""

    @classmethod
    def setUpRevisit(cls):
        """Create the people and units; call it at the end of ``setUpClass``."""
        cls.company = cls.env.company
        cls.set_zone(ZONE)
        cls.planner = cls.env["revisit.planner"]
        cls.callbacks = cls.env["revisit.callback"]
        cls.dealer_a = cls.make_dealer("Dealer A")
        cls.dealer_b = cls.make_dealer("Dealer B")
        cls.customer = cls.make_customer()
        cls.product = cls.env["product.product"].create(
            {"name": "Fridge", "type": "consu", "is_storable": True}
        )
        cls.service = cls.env["product.product"].create(
            {"name": "Consulting", "type": "service"}
        )
        cls.agent = cls.make_user("revisit_agent", "revisit_management.group_agent")
        cls.agent2 = cls.make_user("revisit_agent2", "revisit_management.group_agent")
        cls.supervisor = cls.make_user(
            "revisit_supervisor", "revisit_management.group_supervisor"
        )
        cls.manager = cls.make_user(
            "revisit_manager", "revisit_management.group_manager"
        )
        cls.employee_user = cls.make_user("revisit_plain", "base.group_user")
        cls.portal_a = cls.make_portal_user("revisit_dealer_a", cls.dealer_a)
        cls.portal_b = cls.make_portal_user("revisit_dealer_b", cls.dealer_b)
        cls.portal_customer = cls.make_user(
            "revisit_customer", "base.group_portal", partner_id=cls.customer.id
        )
        cls.team = cls.make_team(members=cls.agent + cls.agent2, manager=cls.supervisor)

    # ------------------------------------------------------------
    # PEOPLE AND UNITS
    # ------------------------------------------------------------

    @classmethod
    def make_user(cls, login, groups, **values):
        values.setdefault("tz", ZONE)
        return new_test_user(cls.env, login=login, groups=groups, **values)

    @classmethod
    def make_portal_user(cls, login, dealer, **values):
        contact = cls.env["res.partner"].create({"name": login, "parent_id": dealer.id})
        return cls.make_user(
            login,
            "revisit_management.group_portal_dealer",
            partner_id=contact.id,
            **values,
        )

    @classmethod
    def make_customer(cls, name="Customer", **values):
        return cls.env["res.partner"].create({"name": name, **values})

    @classmethod
    def make_dealer(cls, name="Dealer", **values):
        values = {"name": name, "is_dealer": True, "is_company": True, **values}
        return cls.env["res.partner"].create(values)

    @classmethod
    def make_team(cls, name="Team", members=None, manager=None, **values):
        return cls.env["revisit.team"].create(
            {
                "name": name,
                "kind": "hq",
                "manager_id": manager and manager.id,
                "member_ids": [Command.set(members.ids if members else [])],
                **values,
            }
        )

    @classmethod
    def make_employee(cls, user, department=None, company=None, **values):
        return cls.env["hr.employee"].create(
            {
                "name": user.name,
                "user_id": user.id,
                "company_id": (company or cls.company).id,
                "department_id": department and department.id,
                **values,
            }
        )

    @classmethod
    def make_company(cls, name="Second Company", zone=ZONE):
        company = cls.env["res.company"].create({"name": name})
        cls.set_zone(zone, company)
        cls.env.user.company_ids += company
        return company

    @classmethod
    def set_zone(cls, zone, company=None):
        """Give a company the time zone in which its days are counted."""
        (company or cls.company).resource_calendar_id.tz = zone

    # ------------------------------------------------------------
    # SOURCES
    # ------------------------------------------------------------

    @classmethod
    def make_order(cls, partner=None, confirmed=True, date=None, **values):
        """Create a sales order, confirmed now or at ``date``, delivering nothing."""
        order = cls.env["sale.order"].create(
            {
                "partner_id": (partner or cls.customer).id,
                "order_line": [Command.create({"product_id": cls.service.id})],
                **values,
            }
        )
        if confirmed:
            order.action_confirm()
        if date:
            order.date_order = date
        return order

    @classmethod
    def make_delivery(cls, partner=None, done=True, product=None, **values):
        """Create a customer delivery through its order; return the picking."""
        order = cls.make_order(
            partner=partner,
            order_line=[Command.create({"product_id": (product or cls.product).id})],
            **values,
        )
        picking = order.picking_ids
        if done:
            picking.move_ids.write({"quantity": 1, "picked": True})
            picking.button_validate()
        return picking

    @classmethod
    def make_repair(cls, partner=None, done=True, date=None, **values):
        """Create a repair, finished now or at ``date``."""
        repair = cls.env["repair.order"].create(
            {
                "partner_id": (cls.customer if partner is None else partner).id,
                "product_id": cls.product.id,
                "product_qty": 1,
                **values,
            }
        )
        if done:
            repair._action_repair_confirm()
            repair.action_repair_start()
            repair.action_repair_end()
        if date:
            repair.revisit_done_at = date
        return repair

    @classmethod
    def make_archive_line(cls, partner=None, **values):
        values = {
            "partner_id": (partner or cls.customer).id,
            "product_id": cls.product.id,
            "sold_on": False,
            **values,
        }
        lines = cls.env["revisit.archive.line"]
        sold = values["sold_on"] and Datetime.to_datetime(values["sold_on"])
        if not sold or sold < Datetime.now():
            return lines.create(values)
        # nothing is sold tomorrow: a later sale is filed when its day is over
        with freeze_time(sold + timedelta(days=2)):
            return lines.create(values)

    @classmethod
    def make_category(cls, name="Category", **values):
        return cls.env["revisit.issue.category"].create({"name": name, **values})

    @classmethod
    def make_issue(cls, **values):
        if "category_id" not in values:
            values["category_id"] = cls.make_category().id
        issue = cls.env["revisit.issue"].create(
            {"name": "It rattles", "partner_id": cls.customer.id, **values}
        )
        # the clock of the database does not stand still: known since its registration
        issue.flush_recordset()
        cls.env.cr.execute(
            "UPDATE revisit_issue SET create_date = registered_at WHERE id = %s",
            [issue.id],
        )
        issue.invalidate_recordset(["create_date"])
        return issue

    @classmethod
    def make_analysis(cls, company=None, user=None, **values):
        """Create the report on the first quarter of 2026 of a unit, to be written."""
        company = company or cls.company
        if "rulebook_id" not in values:
            values["rulebook_id"] = (
                cls.env["revisit.rulebook"]
                .create(
                    {
                        "name": "Analysed",
                        "code": f"analysed_{company.id}",
                        "company_id": company.id,
                    }
                )
                .id
            )
        if "team_id" not in values:
            team = cls.team
            if company != cls.company:
                team = cls.make_team(company_id=company.id)
            values["team_id"] = team.id
        return (
            cls.env["revisit.analysis"]
            .sudo()
            .create(
                {
                    "company_id": company.id,
                    "user_id": user and user.id,
                    "date_from": "2026-01-01",
                    "date_to": "2026-03-31",
                    "due_on": "2026-04-15",
                    **values,
                }
            )
        )

    # ------------------------------------------------------------
    # POLICIES AND CALLBACKS
    # ------------------------------------------------------------

    @classmethod
    def make_policy(cls, trigger="order_confirmed", **values):
        """Create a policy on a shipped trigger, active since long ago."""
        if isinstance(trigger, str):
            trigger = cls.env.ref(f"revisit_management.trigger_{trigger}")
        number = cls.env["revisit.policy"].search_count([])
        return cls.env["revisit.policy"].create(
            {
                "name": f"Policy {number}",
                "code": f"test_{number}",
                "trigger_id": trigger.id,
                "active_from": NOW - timedelta(days=365),
                **values,
            }
        )

    @classmethod
    def make_callback(cls, policy=None, **values):
        """Create a callback that may be made now: days 1 to 3 after yesterday."""
        policy = policy or cls.make_policy("manual")
        values = {
            "policy_id": policy.id,
            "company_id": policy.company_id.id,
            "partner_id": cls.customer.id,
            "level": policy.level,
            "channel": policy.channel,
            "team_id": cls.team.id if policy.company_id == cls.company else False,
            "event_at": NOW - timedelta(days=1),
            "window_start": utc(ZONE, 2026, 3, 10),
            "window_end": utc(ZONE, 2026, 3, 13),
            **values,
        }
        if values.get("user_id"):
            values.setdefault("state", "assigned")
        return cls.env["revisit.callback"].sudo().create(values)

    @classmethod
    def make_touch(cls, policy=None, document=None, **values):
        """Create a planned touch as the planner does: an SMS, today and tomorrow."""
        policy = policy or cls.make_policy(
            "manual",
            contact_type="touch",
            channel="sms",
            sms_template_id=cls.env.ref(
                "revisit_management.sms_template_repair_shop_birthday"
            ).id,
            company_id=values.get("company_id", cls.company.id),
        )
        partner = cls.env["res.partner"].browse(values.get("partner_id"))
        document = document or partner or cls.customer
        number = cls.env["revisit.touch"].sudo().search_count([])
        return (
            cls.env["revisit.touch"]
            .sudo()
            .create(
                {
                    "company_id": policy.company_id.id,
                    "policy_id": policy.id,
                    "source_model": document._name,
                    "source_id": document.id,
                    "source_name": document.display_name,
                    "occasion": str(number),
                    "event_at": NOW,
                    "window_start": utc(ZONE, 2026, 3, 10),
                    "window_end": utc(ZONE, 2026, 3, 12),
                    "partner_id": cls.customer.id,
                    "channel": policy.channel,
                    **values,
                }
            )
        )

    @classmethod
    def make_done(cls, **values):
        """Create a callback of the agent and finish it as the agent."""
        values.setdefault("user_id", cls.agent.id)
        measures = values.pop("measures", {"satisfaction": 80})
        callback = cls.make_callback(**values)
        as_agent = callback.with_user(callback.user_id)
        as_agent.action_log_attempt("reached")
        as_agent.action_done(**measures)
        return callback

    @classmethod
    def install_rulebook(cls, code, active_from=NOW - timedelta(days=365)):
        """Install a shipped rulebook whose policies look back to ``active_from``."""
        rulebook = cls.env["revisit.rulebook"].action_install(code)
        rulebook.effective_from = active_from.date()
        rulebook.policy_ids.active_from = active_from
        return rulebook

    @classmethod
    def plan(cls, company=None):
        """Run the scheduled planning of one company; return its counts."""
        return cls.env["revisit.planner"]._plan_company(company or cls.company)

    @classmethod
    def get_planned(cls, source, policy=None):
        """Return the callbacks of a document, in the order of their policies."""
        domain = [("source_model", "=", source._name), ("source_id", "in", source.ids)]
        if policy:
            domain.append(("policy_id", "=", policy.id))
        callbacks = cls.env["revisit.callback"].search(domain)
        return callbacks.sorted(lambda c: (c.policy_id.sequence, c.policy_id.id, c.id))

    @contextmanager
    def at(self, moment):
        """Let the clock stand at a naive UTC datetime (or its string)."""
        with freeze_time(Datetime.to_datetime(moment)):
            # figures that depend on the clock are cached within a transaction
            self.env.invalidate_all()
            yield
        self.env.invalidate_all()

    def assertRefused(self, error, text, function, *args, **kwargs):
        """Assert that a call raises ``error`` and that its message has ``text``."""
        with self.assertRaises(error) as caught:
            function(*args, **kwargs)
            self.env.flush_all()
        self.assertIn(text, str(caught.exception))


class RevisitCommon(RevisitMixin, BaseCommon):
    """Base class of the module's tests."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(NOW))
        cls.setUpRevisit()
