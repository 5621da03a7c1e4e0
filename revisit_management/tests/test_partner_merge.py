# Part of Revisit. See LICENSE file for full copyright and licensing details.
import re
from datetime import date

from odoo.tests import tagged

from .common import NOW, RevisitCommon


@tagged("post_install", "-at_install")
class TestPartnerMerge(RevisitCommon):
    """DESIGN 2.6: two contacts become one; their callbacks follow, nothing is lost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kept = cls.make_customer("Kept")
        cls.merged = cls.make_customer("Merged")
        cls.policy = cls.make_policy("customer_created")

    def merge(self, *partners, into=None):
        into = into or self.kept
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        ids = into.ids + [partner.id for partner in partners or (self.merged,)]
        wizard._merge(ids, into)
        self.env.invalidate_all()

    def make_about(self, partner, **values):
        """Create a callback whose occasion is the contact itself."""
        values.setdefault("user_id", self.agent.id)
        return self.make_callback(
            self.policy,
            **{
                "partner_id": partner.id,
                "source_model": "res.partner",
                "source_id": partner.id,
                "occasion": "",
                **values,
            },
        )

    def finish(self, callback):
        as_agent = callback.with_user(callback.user_id)
        as_agent.action_log_attempt("reached")
        as_agent.action_done(satisfaction=80)
        return callback

    def make_skip(self, partner, **values):
        return self.env["revisit.planning.skip"].create(
            {
                "company_id": self.company.id,
                "policy_id": self.policy.id,
                "source_model": "res.partner",
                "source_id": partner.id,
                "occasion": "",
                "partner_id": partner.id,
                "event_at": NOW,
                "reason": "do_not_contact",
                **values,
            }
        )

    # ------------------------------------------------------------
    # FOLLOWING
    # ------------------------------------------------------------

    def test_callbacks_follow(self):
        """DESIGN 2.6: customer, source and company are the remaining contact's."""
        order = self.make_order(partner=self.merged)
        of_order = self.make_callback(
            self.make_policy(),
            partner_id=self.merged.id,
            source_model="sale.order",
            source_id=order.id,
        )
        about = self.make_about(self.merged)
        self.merge()
        self.assertFalse(self.merged.exists())
        self.assertEqual((of_order + about).partner_id, self.kept)
        self.assertEqual((of_order + about).commercial_partner_id, self.kept)
        self.assertEqual(of_order.source_id, order.id)
        self.assertEqual(about.source_id, self.kept.id)
        self.assertEqual(about.occasion, "")
        self.assertEqual(about.state, "assigned")
        about.with_user(self.agent).action_open_source()

    def test_reviewed_callbacks_follow_locked(self):
        """L5: the lock keeps what was said and counted, not a name that is gone."""
        reviewed = self.finish(self.make_about(self.merged))
        reviewed.with_user(self.supervisor).action_review("passed")
        before = reviewed.read(["state", "satisfaction", "done_at", "is_on_time"])
        self.merge()
        self.assertEqual(reviewed.partner_id, self.kept)
        self.assertEqual(reviewed.commercial_partner_id, self.kept)
        self.assertEqual(reviewed.source_id, self.kept.id)
        self.assertEqual(
            reviewed.read(["state", "satisfaction", "done_at", "is_on_time"]), before
        )
        self.assertRefused(Exception, "is locked", reviewed.write, {"feedback": "No"})

    def test_company_follows_the_parent(self):
        """B6: the cap counts per company; a contact that joins one counts there."""
        parent = self.make_customer("Parent", is_company=True)
        contact = self.make_customer("Contact", parent_id=parent.id)
        below = self.make_customer("Below", parent_id=self.merged.id)
        callback = self.make_about(self.merged)
        under = self.make_about(below)
        self.merge(into=contact)
        self.assertEqual(callback.partner_id, contact)
        self.assertEqual(callback.commercial_partner_id, parent)
        self.assertEqual(below.commercial_partner_id, parent)
        self.assertEqual(under.commercial_partner_id, parent)

    # ------------------------------------------------------------
    # COLLISIONS
    # ------------------------------------------------------------

    def test_made_one_keeps_the_occasion(self):
        """DESIGN 2.6: done goes before open; the open one is kept in the archive."""
        made = self.finish(self.make_about(self.merged))
        open_one = self.make_about(self.kept)
        attempt = self.env["revisit.attempt"].browse(
            open_one.with_user(self.agent).action_log_attempt("no_answer")
        )
        issue = self.make_issue(callback_id=open_one.id)
        self.merge()
        self.assertEqual((made.source_id, made.occasion), (self.kept.id, ""))
        self.assertEqual(made.state, "done")
        self.assertEqual((open_one.state, open_one.active), ("cancelled", False))
        self.assertEqual(open_one.source_id, self.kept.id)
        self.assertEqual(open_one.occasion, f"merged:{open_one.id}")
        self.assertEqual(open_one.attempt_ids, attempt)
        self.assertEqual(issue.callback_id, open_one)
        self.plan()
        self.plan()
        self.assertEqual(self.get_planned(self.kept, self.policy), made)
        self.assertFalse(open_one.active, "and it stays so")

    def test_two_made_ones_both_count(self):
        """DESIGN 2.6: what was made counts in scores, so both stay made."""
        first = self.finish(self.make_about(self.kept, occasion="2026"))
        second = self.finish(self.make_about(self.merged, occasion="2026"))
        second.with_user(self.supervisor).action_review("passed")
        self.merge()
        self.assertEqual((first.state, second.state), ("done", "reviewed"))
        self.assertEqual(second.occasion, "2026", "reviewed goes before done")
        self.assertEqual(first.occasion, f"2026:merged:{first.id}")
        self.assertTrue(first.active and second.active)
        self.assertEqual((first + second).mapped("source_id"), self.kept.ids * 2)

    def test_leader_goes_before_follower(self):
        """L2: what leads a contact keeps it; who followed leads on."""
        leader = self.make_about(self.merged)
        follower = self.make_about(self.kept)
        follower.contact_id = self.make_callback(
            partner_id=self.kept.id, user_id=self.agent.id
        )
        self.merge()
        self.assertEqual((leader.state, leader.occasion), ("assigned", ""))
        self.assertEqual(follower.state, "cancelled")

    def test_lost_leader_hands_over(self):
        """L2: the other reasons of a contact are not cancelled with its leader."""
        lost = self.make_about(self.merged)
        made = self.finish(self.make_about(self.kept))
        follower = self.make_callback(
            partner_id=self.merged.id, user_id=self.agent.id, contact_id=lost.id
        )
        self.merge()
        self.assertEqual(made.occasion, "")
        self.assertEqual(lost.state, "cancelled")
        self.assertEqual(follower.state, "assigned")
        self.assertFalse(follower.contact_id)

    def test_three_at_once(self):
        """DESIGN 2.6: one of three keeps the occasion."""
        third = self.make_customer("Third")
        callbacks = self.callbacks.union(
            *(self.make_about(p) for p in (self.kept, self.merged, third))
        )
        self.merge(self.merged, third)
        self.assertEqual(
            callbacks.sorted("id").mapped("state"),
            ["assigned", "cancelled", "cancelled"],
        )
        self.assertEqual(callbacks[0].occasion, "")

    def test_left_out_occasions_follow(self):
        """B6: what was left out stays listed once, unless it is planned."""
        moved = self.make_skip(self.merged, occasion="a")
        twice = self.make_skip(self.merged, occasion="b")
        own = self.make_skip(self.kept, occasion="b")
        planned = self.make_skip(self.merged, occasion="c")
        self.make_about(self.kept, occasion="c")
        self.merge()
        left = self.env["revisit.planning.skip"].search(
            [("policy_id", "=", self.policy.id)]
        )
        self.assertEqual(left, moved + own)
        self.assertEqual(left.mapped("source_id"), self.kept.ids * 2)
        self.assertFalse((twice + planned).exists())

    def test_touches_follow(self):
        """DESIGN 2.6, B6: a greeting that was sent is not sent again."""

        def make(partner, occasion, state):
            return self.env["revisit.touch"].create(
                {
                    "company_id": self.company.id,
                    "policy_id": self.policy.id,
                    "source_model": "res.partner",
                    "source_id": partner.id,
                    "occasion": occasion,
                    "event_at": NOW,
                    "window_start": NOW,
                    "window_end": "2026-04-01 00:00:00",
                    "partner_id": partner.id,
                    "channel": "sms",
                    "state": state,
                }
            )

        sent = make(self.merged, "2026", "sent")
        waiting = make(self.kept, "2026", "planned")
        other = make(self.merged, "2027", "planned")
        self.merge()
        touches = sent + waiting + other
        self.assertEqual(touches.mapped("source_id"), self.kept.ids * 3)
        self.assertEqual(touches.partner_id, self.kept)
        self.assertEqual(touches.mapped("state"), ["sent", "cancelled", "planned"])
        self.assertEqual(
            touches.mapped("occasion"), ["2026", f"2026:merged:{waiting.id}", "2027"]
        )

    def test_other_documents_are_left_alone(self):
        """DESIGN 2.6: an order with the number of the contact is no contact."""
        order = self.make_callback(
            self.make_policy(),
            source_model="sale.order",
            source_id=self.merged.id,
        )
        self.merge()
        self.assertEqual(order.source_id, self.merged.id)

    def test_cost_does_not_grow(self):
        """P: merged in sets."""

        def cost(count):
            source = self.make_customer("Source")
            for number in range(count):
                self.make_about(source, occasion=f"{source.id}-{number}")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.merge(source)
            return self.env.cr.sql_log_count - before

        cost(1)
        few, many = cost(2), cost(22)
        self.assertLessEqual(many - few, 3)

    # ------------------------------------------------------------
    # DEALERS
    # ------------------------------------------------------------

    def test_dealers_become_one(self):
        """A4: customers, callbacks, units and portal users are the one dealer's."""
        unit_a = self.make_team(
            "Unit A", kind="dealer", dealer_id=self.dealer_a.id, members=self.portal_a
        )
        unit_b = self.make_team(
            "Unit B", kind="dealer", dealer_id=self.dealer_b.id, members=self.portal_b
        )
        outlet = self.make_team("Outlet", kind="outlet", parent_id=unit_b.id)
        customer = self.make_customer("Of B", dealer_id=self.dealer_b.id)
        policy = self.make_policy(level="dealer", team_id=unit_b.id)
        values = {
            "policy": policy,
            "level": "dealer",
            "dealer_id": self.dealer_b.id,
            "team_id": unit_b.id,
        }
        open_one = self.make_callback(user_id=self.portal_b.id, **values)
        made = self.make_callback(
            **values,
            user_id=self.portal_b.id,
            state="done",
            result="reached",
            done_at=NOW,
        )
        line = self.make_archive_line(dealer_id=self.dealer_b.id)
        self.merge(self.dealer_b, into=self.dealer_a)
        self.assertEqual(customer.dealer_id, self.dealer_a)
        self.assertEqual(line.dealer_id, self.dealer_a)
        self.assertEqual((open_one + made).dealer_id, self.dealer_a)
        self.assertEqual((open_one + made).resp_dealer_id, self.dealer_a)
        self.assertTrue(unit_a.active)
        self.assertFalse(unit_b.active)
        self.assertEqual(outlet.parent_id, unit_a)
        self.assertEqual(policy.team_id, unit_a)
        self.assertEqual(open_one.team_id, unit_a)
        self.assertEqual(open_one.resp_team_id, unit_a)
        self.assertEqual(made.resp_team_id, unit_b, "made under the old unit")
        self.assertEqual(unit_a.member_ids, self.portal_a + self.portal_b)
        self.assertEqual(self.portal_b.commercial_partner_id, self.dealer_a)
        visible = self.callbacks.with_user(self.portal_b).search([])
        self.assertEqual(visible, open_one + made)
        self.assertEqual(self.callbacks.with_user(self.portal_a).search([]), visible)

    def test_unit_moves_where_the_dealer_had_none(self):
        """A4: the only unit stays in work."""
        unit = self.make_team("Unit B", kind="dealer", dealer_id=self.dealer_b.id)
        self.merge(self.dealer_b, into=self.dealer_a)
        self.assertTrue(unit.active)
        self.assertEqual(unit.dealer_id, self.dealer_a)

    def test_dealer_is_not_their_own_dealer(self):
        """A4: a customer that turns out to be their dealer."""
        customer = self.make_customer("Shop", dealer_id=self.dealer_b.id)
        self.merge(self.dealer_b, into=customer)
        self.assertTrue(customer.is_dealer)
        self.assertFalse(customer.dealer_id)

    def test_ban_survives_the_merge(self):
        """C10: a refusal of one of the two holds for the one that remains."""
        self.merged.write({"do_not_contact": True, "do_not_contact_reason": "Asked"})
        self.merge()
        self.assertTrue(self.kept.do_not_contact)
        self.assertEqual(self.kept.do_not_contact_reason, "Asked")

    # ------------------------------------------------------------
    # UNIQUE KEYS
    # ------------------------------------------------------------

    # keys over a contact's model and ID, whose rows follow by methods of their own;
    # whoever adds such a key teaches the merge first
    KNOWN_SOURCE_KEYS = {
        "revisit_callback",
        "revisit_planning_skip",
        "revisit_touch",
        "revisit_score",
        "revisit_score_evidence",
    }
    INDIRECT = {"source_id", "res_id", "subject_id", "record_id"}

    def get_unique_keys(self):
        """Return [(table, text of the key)] of all tables of ours."""
        tables = [
            model._table for name, model in self.env.items() if name[:8] == "revisit."
        ]
        self.env.cr.execute(
            """SELECT tablename, indexdef FROM pg_indexes
                WHERE tablename = ANY(%s) AND indexdef LIKE 'CREATE UNIQUE%%'""",
            [tables],
        )
        return self.env.cr.fetchall()

    def test_wrong_number_gives_way(self):
        """A2: the mark goes with its number, whichever contact is kept."""
        for kept, other in ((True, False), (False, True)):
            with self.subTest(kept=kept):
                contacts = [
                    self.make_customer(
                        phone="13800138000" if is_good else "13900139000",
                        phone_wrong_on=False if is_good else "2026-03-01",
                    )
                    for is_good in (kept, other)
                ]
                self.merge(contacts[1], into=contacts[0])
                self.assertEqual(contacts[0].phone, "13800138000")
                self.assertFalse(contacts[0].phone_wrong_on)

    def test_notes_of_the_system_are_merged_by_anybody(self):
        """A2: a wrong number's mark, and who has changed an address, stay."""
        editor = self.make_user(
            "merging",
            "base.group_partner_manager,revisit_management.group_supervisor",
        )
        first, second = (
            self.make_customer(
                phone="13800138000",
                phone_wrong_on="2026-03-01",
                phone_changed_by_id=self.agent.id,
                phone_changed_at=NOW,
            )
            for _number in range(2)
        )
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(editor)
        wizard._merge((first | second).ids, first.with_user(editor))
        self.assertFalse(second.exists())
        self.assertEqual(first.phone_wrong_on, date(2026, 3, 1))
        self.assertEqual(first.sudo().phone_changed_by_id, self.agent)
        self.assertEqual(first.sudo().phone_changed_at, NOW)

    def test_every_key_with_a_contact_is_known(self):
        """A key that the merge does not know would abort it with a database error."""
        wizard = self.env["base.partner.merge.automatic.wizard"]
        known = {table for table, _columns, _condition in wizard._get_partner_keys()}
        self.assertEqual(
            known,
            {
                "revisit_archive",
                "revisit_attribute_value",
                "revisit_claim",
                "revisit_occasion",
            },
        )
        pointing = wizard._get_partner_columns()
        for table, text in self.get_unique_keys():
            words = set(re.findall(r"\w+", text.partition("USING")[2]))
            with self.subTest(table=table, key=text):
                if words & set(pointing.get(table, ())):
                    self.assertIn(table, known)
                if words & self.INDIRECT:
                    self.assertIn(table, self.KNOWN_SOURCE_KEYS)

    def test_new_key_with_a_contact_is_found(self):
        """A key that did not exist when the merge was written is minded, too."""
        self.env.cr.execute(
            """CREATE UNIQUE INDEX ON revisit_archive_line
                   (lower(serial_number), coalesce(partner_id, 0)) WHERE active"""
        )
        kept = self.make_archive_line(self.kept, serial_number="sn-1", place="Hall")
        same = self.make_archive_line(self.merged, serial_number="SN-1", place="Cellar")
        other = self.make_archive_line(self.merged, serial_number="SN-2")
        self.merge()
        self.assertFalse(same.exists())
        self.assertEqual((kept + other).partner_id, self.kept)
        self.assertEqual(kept.place, "Hall")

    def make_attribute(self, code):
        return self.env["revisit.attribute"].create(
            {"name": code, "code": code, "kind": "number"}
        )

    def set_attribute(self, partner, attribute, number):
        return self.env["revisit.attribute.value"].create(
            {"partner_id": partner.id, "attribute_id": attribute.id, "number": number}
        )

    def make_occasion(self, partner, kind="holiday", key="2026-spring", **values):
        return self.env["revisit.occasion"].create(
            {
                "partner_id": partner.id,
                "kind": kind,
                "key": key,
                "occurs_at": NOW,
                **values,
            }
        )

    def test_attributes_of_both(self):
        """A1: the kept customer's value wins; what only the other has is gained."""
        supply, rooms = self.make_attribute("supply"), self.make_attribute("rooms")
        third = self.make_customer("Third")
        for partner, attribute, number in (
            (self.kept, supply, 10),
            (self.merged, supply, 35),
            (self.merged, rooms, 4),
            (third, rooms, 5),
        ):
            self.set_attribute(partner, attribute, number)
        self.merge(self.merged, third)
        values = {
            value.attribute_id: value.number for value in self.kept.attribute_value_ids
        }
        self.assertEqual(values, {supply: 10, rooms: 4})

    def test_occasions_of_both(self):
        """B6: one holiday is one occasion, and its callback is made once."""
        policy = self.make_policy("holiday")
        kept, same = map(self.make_occasion, (self.kept, self.merged))
        gained = self.make_occasion(self.merged, "birthday", "2026")
        self.plan()
        both = self.callbacks.search([("policy_id", "=", policy.id)])
        self.assertEqual(len(both), 2)
        made = both.filtered(lambda c: c.source_id == same.id)
        made.user_id = self.agent
        self.finish(made)
        self.merge()
        self.assertFalse(same.exists())
        self.assertEqual((kept + gained).partner_id, self.kept)
        self.assertEqual(made.source_id, kept.id, "what was made goes on counting")
        self.assertEqual(made.state, "done")
        self.assertEqual((both - made).state, "cancelled")
        self.plan()
        again = self.callbacks.with_context(active_test=False).search(
            [("policy_id", "=", policy.id)]
        )
        self.assertEqual(again, both, "nothing is planned twice")

    def test_everything_at_once(self):
        """A1, B6: two contacts that have everything, in two companies, become one."""
        other = self.make_company()
        supply = self.make_attribute("supply")
        policy = self.make_policy("holiday")
        values = self.env["revisit.attribute.value"]
        for number, partner in enumerate((self.kept, self.merged), start=1):
            partner.write({"birthday": f"198{number}-05-01", "special_needs": "Tea"})
            values += self.set_attribute(partner, supply, number)
            self.make_occasion(partner)
            self.make_occasion(partner, company_id=other.id)
            self.make_archive_line(partner)
            self.make_about(partner, occasion="2026")
            self.make_skip(partner, occasion="2027")
            self.make_issue(partner_id=partner.id)
        status = self.env["revisit.customer.status"].search([], limit=2)
        self.kept.callback_status_ids = status[:1]
        self.merged.callback_status_ids = status
        self.merged.write({"do_not_contact": True, "do_not_contact_reason": "Asked"})
        self.merged.do_not_contact_date = "2020-02-01"
        self.plan()
        self.merge()
        self.assertFalse(self.merged.exists())
        self.assertEqual(str(self.kept.birthday), "1981-05-01")
        self.assertEqual(self.kept.attribute_value_ids.number, 1)
        self.assertEqual(self.kept.callback_status_ids, status)
        self.assertEqual(str(self.kept.do_not_contact_date), "2020-02-01")
        occasions = self.env["revisit.occasion"].search([("kind", "=", "holiday")])
        self.assertEqual(occasions.partner_id, self.kept)
        self.assertEqual(occasions.company_id, self.company + other)
        self.assertEqual(len(occasions), 2)
        self.assertEqual(len(self.kept.archive_line_ids), 2)
        self.assertEqual(self.kept.open_issue_count, 2)
        before = self.callbacks.with_context(active_test=False).search_count([])
        self.plan()
        after = self.callbacks.with_context(active_test=False).search_count([])
        self.assertEqual(after, before)
        planned = self.callbacks.search([("policy_id", "=", policy.id)])
        self.assertLessEqual(len(planned), 1)

    def test_dealers_of_two_companies(self):
        """A4: each company keeps one unit; portal users go on as before."""
        other = self.make_company()
        units = [
            self.make_team(
                dealer.name, kind="dealer", dealer_id=dealer.id, company_id=company.id
            )
            for company in (self.company, other)
            for dealer in (self.dealer_a, self.dealer_b)
        ]
        self.merge(self.dealer_b, into=self.dealer_a)
        self.assertEqual([unit.active for unit in units], [True, False, True, False])
        self.assertEqual(
            {user.commercial_partner_id for user in self.portal_a + self.portal_b},
            {self.dealer_a},
        )
