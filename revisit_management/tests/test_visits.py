# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tests import tagged

from .common import NOW, RevisitCommon

AT = NOW + timedelta(hours=4)


@tagged("post_install", "-at_install")
class TestVisits(RevisitCommon):
    """C5: the appointment in the agent's calendar, and the arrival against it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.visit = cls.make_callback(channel="visit", user_id=cls.agent.id)
        cls.mine = cls.visit.with_user(cls.agent)

    def test_planned_time_is_an_appointment(self):
        """C5: private, of its agent, where the customer lives; nobody is written to."""
        self.customer.write({"street": "Nanjing Road 1", "email": "x@example.com"})
        before = self.env["mail.mail"].search_count([])
        self.mine.planned_at = AT
        event = self.visit.appointment_id
        self.assertEqual((event.start, event.user_id), (AT, self.agent))
        self.assertEqual(event.stop - event.start, timedelta(minutes=30))
        self.assertIn("Nanjing Road 1", event.location)
        self.assertEqual(event.partner_ids, self.agent.partner_id)
        self.assertEqual(event.privacy, "private")
        self.assertEqual(
            (event.res_model, event.res_id), (self.visit._name, self.visit.id)
        )
        self.assertEqual(self.env["mail.mail"].search_count([]), before)
        other = event.with_user(self.agent2)
        self.assertNotIn(self.customer.name, other.display_name)

    def test_others_cannot_guess_an_appointment(self):
        """C5, K3: by words, place, order; its time is found by everybody."""
        self.customer.street = "Nanjing Road 1"
        self.mine.planned_at = AT
        event = self.visit.appointment_id
        name = self.customer.name
        domains = (
            [("name", "ilike", name)],
            ["!", ("name", "not ilike", name)],
            [("display_name", "ilike", name)],
            [("location", "ilike", "Nanjing")],
            [("res_id", "=", self.visit.id)],
            ["|", ("location", "ilike", "Nanjing"), ("id", "=", 0)],
            [("attendee_ids.event_id.location", "ilike", "Nanjing")],
        )
        for reader, is_found in ((self.agent, True), (self.agent2, False)):
            events = event.with_user(reader).browse()
            mine = Domain("user_id", "=", self.agent.id)
            for domain in domains:
                with self.subTest(reader=reader.login, domain=domain):
                    found = events.search(mine & Domain(domain))
                    self.assertEqual(event in found, is_found)
            self.assertEqual(events.search([("start", "=", AT)]) & event, event)
            self.assertEqual(
                events.search([("partner_ids", "in", self.agent.partner_id.ids)])
                & event,
                event,
            )
            self.assertEqual(
                event in events.search([("start", "=", AT)], order="location"),
                is_found,
            )
        contacts = self.agent.partner_id.with_user(self.agent2)
        self.assertFalse(
            contacts.search([("meeting_ids.location", "ilike", "Nanjing Road 1")])
        )

    def test_nobody_else_gets_the_key_of_an_appointment(self):
        """C5, K3: the page of an invitation shows its name and place to everybody."""
        self.mine.planned_at = AT
        event = self.visit.appointment_id
        attendee = event.attendee_ids
        self.assertTrue(attendee.access_token)
        ours = [("event_id", "=", event.id)]
        for user in (self.agent2, self.supervisor, self.employee_user):
            theirs = attendee.with_user(user)
            with self.subTest(user=user.login):
                self.env.invalidate_all()
                with self.assertRaises(AccessError):
                    theirs.read(["access_token"])
                self.assertFalse(theirs.search(ours))
                self.assertFalse(theirs.search_read(ours, ["access_token"]))
                self.assertFalse(
                    theirs._read_group(ours, ["access_token"], ["__count"])
                )
                key = [("access_token", "=like", attendee.access_token[:3] + "%")]
                self.assertFalse(theirs.search(key))
                self.assertFalse(
                    event.with_user(user).search([("attendee_ids", "any", key)])
                )
                self.env.invalidate_all()
                for record, path in (
                    (event, "attendee_ids/access_token"),
                    (self.agent.partner_id, "meeting_ids/attendee_ids/access_token"),
                ):
                    rows = record.with_user(user)._export_rows([path.split("/")])
                    self.assertNotIn(attendee.access_token, str(rows))
        self.env.invalidate_all()
        owner = attendee.with_user(self.agent)
        self.assertEqual(owner.search(ours), attendee)
        owner.do_decline()
        self.assertEqual(attendee.state, "declined")

    def test_others_calendars_load(self):
        """C5: colleagues see that the agent is busy, and their own as before."""
        self.mine.planned_at = AT
        event = self.visit.appointment_id
        partners = self.agent.partner_id + self.agent2.partner_id
        meeting = self.env["calendar.event"].create(
            {"name": "Team", "start": AT, "stop": AT, "partner_ids": partners.ids}
        )
        specification = {
            name: {}
            for name in (
                "display_name",
                "start",
                "stop",
                "user_id",
                "partner_ids",
                "attendee_ids",
                "attendees_count",
                "current_attendee",
                "current_status",
                "should_show_status",
                "is_organizer_alone",
                "location",
            )
        }
        for user, name, status in (
            (self.agent, self.visit.display_name, "accepted"),
            (self.agent2, "Busy", False),
        ):
            self.env.invalidate_all()
            events = event.with_user(user)
            found = events.web_search_read(
                [("start", "=", AT), ("id", "in", (event + meeting).ids)],
                specification,
            )["records"]
            row = next(row for row in found if row["id"] == event.id)
            self.assertEqual(len(found), 2)
            self.assertEqual(row["display_name"], name)
            self.assertEqual(row["current_status"], status)
            details = partners.with_user(user).get_attendee_detail(
                (event + meeting).ids
            )
            mine = [d for d in details if d["event_id"] == event.id]
            self.assertEqual(len(details) - len(mine), 2)
            self.assertEqual(bool(mine), user == self.agent)

    def test_appointment_follows_the_callback(self):
        """C5: another time, another agent, no visit any more, cancelled."""
        self.mine.planned_at = AT
        event = self.visit.appointment_id
        self.mine.planned_at = AT + timedelta(hours=1)
        self.assertEqual(event.start, AT + timedelta(hours=1))
        self.visit.with_user(self.supervisor).user_id = self.agent2
        self.assertEqual(event.user_id, self.agent2)
        self.assertEqual(event.partner_ids, self.agent2.partner_id)
        self.visit.with_user(self.supervisor).channel = "phone"
        self.assertFalse(event.exists())
        self.visit.with_user(self.supervisor).channel = "visit"
        again = self.visit.appointment_id
        self.assertTrue(again)
        self.visit.with_user(self.supervisor).action_cancel("Sold by mistake")
        self.assertFalse(again.exists())

    def test_callback_follows_the_appointment(self):
        """C5: moved in the calendar, within the window; its end alone says nothing."""
        self.mine.planned_at = AT
        event = self.visit.appointment_id.with_user(self.agent)
        event.write({"start": AT + timedelta(hours=2), "stop": AT + timedelta(hours=3)})
        self.assertEqual(self.visit.planned_at, AT + timedelta(hours=2))
        with self.assertRaises(ValidationError):
            event.write(
                {"start": AT + timedelta(days=60), "stop": AT + timedelta(days=61)}
            )
        event.unlink()
        self.assertFalse(self.visit.appointment_id)
        self.assertTrue(self.visit.planned_at)

    def test_others_calls_have_no_appointment(self):
        """C5: neither calls, nor dealers' visits, nor what was made."""
        call = self.make_callback(user_id=self.agent.id)
        call.with_user(self.agent).planned_at = AT
        self.assertFalse(call.appointment_id)
        self.visit.user_id = False
        self.visit.with_user(self.supervisor).planned_at = AT
        self.assertFalse(self.visit.appointment_id)

    def test_arrival_against_the_appointment(self):
        """C5: once, with the whole contact; the delay stays as it was."""
        self.mine.planned_at = AT
        follower = self.make_callback(
            channel="visit", user_id=self.agent.id, contact_id=self.visit.id
        )
        self.assertTrue(self.visit.may_arrive)
        with self.at(AT + timedelta(minutes=12)):
            self.mine.action_arrive()
        self.assertEqual(self.visit.arrived_at, AT + timedelta(minutes=12))
        self.assertEqual(self.visit.arrival_delay, 12)
        self.assertEqual(follower.arrived_at, self.visit.arrived_at)
        self.assertFalse(self.visit.may_arrive)
        with self.assertRaisesRegex(UserError, "noted already"):
            self.mine.action_arrive()

    def test_moved_on_its_own_day_counts_from_the_promise(self):
        """C5: also if it is taken away; not what the customer has agreed with."""
        later = AT + timedelta(hours=1)
        for moved, is_agreed, delay in (
            ([later], False, 60),
            ([later], True, 0),
            ([False], False, 60),
            ([False, later], False, 60),
            ([AT - timedelta(hours=1), later], False, 120),
        ):
            with self.subTest(moved=moved, is_agreed=is_agreed):
                visit = self.make_callback(channel="visit", user_id=self.agent.id)
                mine = visit.with_user(self.agent)
                mine.planned_at = AT
                with self.at(AT + timedelta(minutes=10)):
                    for at in moved:
                        mine.planned_at = at
                    if is_agreed:
                        visit.sudo()._step_answer("confirmed", "customer")
                    elif mine.planned_at:
                        # the agent's word comes too late
                        mine.action_confirm_time()
                with self.at(later):
                    mine.action_arrive()
                self.assertEqual(visit.arrival_delay, delay)
        with self.assertRaises(AccessError):
            mine.promised_at = False

    def test_moved_on_another_day_counts_from_the_new_time(self):
        """C5: who calls the day before, or comes on another day, breaks no promise."""
        self.mine.planned_at = AT
        self.mine.planned_at = AT + timedelta(days=1)
        with self.at(AT + timedelta(days=1, minutes=5)):
            self.mine.action_arrive()
        self.assertEqual(self.visit.arrival_delay, 5)
        missed = self.make_callback(channel="visit", user_id=self.agent.id)
        missed.with_user(self.agent).planned_at = AT + timedelta(days=1)
        self.assertFalse(missed.promised_at)

    def test_arrival_without_an_appointment(self):
        """C5: when they arrived is known, but no delay."""
        self.mine.action_arrive()
        self.assertTrue(self.visit.arrived_at)
        self.assertIs(self.visit.arrival_delay, False)

    def test_who_arrives(self):
        """C5, K3: at a visit, who makes it; nobody writes the time by hand."""
        call = self.make_callback(user_id=self.agent.id).with_user(self.agent)
        with self.assertRaisesRegex(UserError, "no visit"):
            call.action_arrive()
        stranger = self.make_user("stranger", "base.group_user")
        with self.assertRaises(AccessError):
            self.visit.with_user(stranger).action_arrive()
        with self.assertRaises(AccessError):
            self.visit.with_user(self.supervisor).arrived_at = AT
