# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from lxml import html
from psycopg2.errors import CheckViolation

from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import NOW, SECOND, ZONE, RevisitCommon, utc

MORNING = utc(ZONE, 2026, 3, 10, 8, 0)


@tagged("post_install", "-at_install")
class TestDigest(RevisitCommon):
    """C1, K7: one message a day for each person on whom something waits."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.digest = cls.env["revisit.digest"]
        # only this company's: other tests' people have nothing to do with it
        cls.company.revisit_digest_on = False
        cls.people = cls.agent | cls.agent2 | cls.supervisor | cls.manager
        cls.people.notification_type = "inbox"

    def make_mine(self, end, user=None, **values):
        return self.make_callback(
            user_id=(user or self.agent).id,
            window_start=end - timedelta(days=2),
            window_end=end,
            **values,
        )

    def send(self, at=MORNING):
        """Run the scheduled action; return ``{login: text of the message}``."""
        before = self.env["mail.message"].search([], limit=1, order="id desc").id
        with freeze_time(at):
            self.digest._cron_send()
        messages = self.env["mail.message"].search([("id", ">", before)])
        told = {}
        for message in messages:
            for partner in message.notified_partner_ids:
                self.assertNotIn(partner.user_ids.login, told, "one message each")
                told[partner.user_ids.login] = message
        return told

    def get_lines(self, message):
        """Return ``{label: (number, address)}`` of a summary."""
        rows = html.fromstring(message.body).xpath("//tr")
        return {
            row.xpath("td[2]")[0].text_content().strip(): (
                int(row.xpath("td[1]")[0].text_content()),
                row.xpath(".//a/@href")[0],
            )
            for row in rows
        }

    def test_each_person_is_told_their_own(self):
        midnight = utc(ZONE, 2026, 3, 11)
        self.make_mine(MORNING - timedelta(days=1))
        self.make_mine(MORNING)
        today = self.make_mine(midnight)
        self.make_mine(midnight + SECOND)
        # in one conversation with another one, and told once
        self.make_mine(midnight, contact_id=today.id)
        self.make_mine(
            midnight + timedelta(days=3), self.agent2, next_attempt_at=midnight
        )
        told = self.send()
        self.assertEqual(
            {
                label: row[0]
                for label, row in self.get_lines(told["revisit_agent"]).items()
            },
            {"Callbacks that are late": 2, "Callbacks due today": 1},
        )
        self.assertEqual(
            {
                label: row[0]
                for label, row in self.get_lines(told["revisit_agent2"]).items()
            },
            {"Customers who expect your call today": 1},
        )
        self.assertIn("2 late", told["revisit_agent"].subject)
        late = self.get_lines(told["revisit_agent"])["Callbacks that are late"]
        self.assertTrue(late[1].endswith("/odoo/my-callbacks"))

    def test_managers_of_units_are_told_what_their_units_leave(self):
        below = self.make_team("Below", parent_id=self.team.id)
        far = self.make_team("Far")
        for team in (self.team, below, far):
            late = self.make_mine(MORNING)
            late.write({"team_id": team.id, "user_id": False, "state": "planned"})
        with freeze_time(NOW):
            self.make_done()
        told = self.send()
        self.assertEqual(
            {
                label: row[0]
                for label, row in self.get_lines(told["revisit_supervisor"]).items()
            },
            {
                "Unit: callbacks that are late": 2,
                "Unit: callbacks that nobody has taken": 2,
                "Unit: callbacks to review": 1,
            },
        )
        self.assertNotIn("revisit_manager", told)

    def test_reports_and_issues_and_what_is_to_be_redone(self):
        rulebook = self.env["revisit.rulebook"].create(
            {"name": "R", "code": "r", "asks_report": True, "hand_in_days": 3}
        )
        policy = self.make_policy("manual", rulebook_id=rulebook.id)
        for days in (3, 4):
            with freeze_time(MORNING - timedelta(days=days)):
                done = self.make_done(policy=policy, rulebook_id=rulebook.id)
        with freeze_time(MORNING):
            done.with_user(self.supervisor).action_review("redo", "Say more")
        issue = self.make_issue(owner_id=self.agent2.id)
        issue.sudo().resolve_by = MORNING
        told = self.send()
        self.assertEqual(
            {
                label: row[0]
                for label, row in self.get_lines(told["revisit_agent"]).items()
            },
            {
                "Callbacks to be redone": 1,
                "Reports that are late": 1,
                "Reports to hand in today": 1,
            },
        )

    def test_dealers_are_told_of_their_own_work_alone(self):
        policy = self.make_policy("manual", level="dealer")
        for dealer in (self.dealer_a, self.dealer_a, self.dealer_b):
            self.make_callback(
                policy=policy,
                level="dealer",
                dealer_id=dealer.id,
                window_start=MORNING - timedelta(days=3),
                window_end=MORNING,
            )
        # headquarters' work for the same dealer is none of theirs
        self.make_mine(MORNING, dealer_id=self.dealer_a.id)
        told = self.send()
        for login, number in (("revisit_dealer_a", 2), ("revisit_dealer_b", 1)):
            with self.subTest(login):
                [(label, row)] = self.get_lines(told[login]).items()
                self.assertEqual((label, row[0]), ("Callbacks that are late", number))
                self.assertTrue(row[1].endswith("/my/callbacks"))
        self.assertNotIn("revisit_customer", told)

    def test_once_a_day_at_the_companys_hour(self):
        """C1: not before the hour, not twice, and again on the next day."""
        self.make_mine(MORNING - timedelta(days=1))
        self.assertFalse(self.send(MORNING - SECOND))
        self.assertTrue(self.send())
        self.assertFalse(self.send(MORNING + timedelta(hours=9)))
        self.assertTrue(self.send(MORNING + timedelta(days=1)))
        # the day of another zone has not come to its hour yet
        self.set_zone("America/Los_Angeles")
        self.assertFalse(self.send(MORNING + timedelta(days=2)))

    def test_nothing_waits_nobody_is_told(self):
        self.assertFalse(self.send())

    def test_who_does_not_want_it_or_has_left(self):
        self.make_mine(MORNING)
        self.make_mine(MORNING, self.agent2)
        self.agent.with_user(self.agent).revisit_digest = False
        self.agent2.active = False
        self.assertEqual(set(self.send()), {"revisit_supervisor"})

    def test_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["ir.module.module"].search(
            [("name", "=", "revisit_management")]
        )._update_translations(["zh_CN"])
        self.agent.lang = "zh_CN"
        self.make_mine(MORNING)
        told = self.send()["revisit_agent"]
        self.assertEqual(list(self.get_lines(told)), ["逾期的回访"])
        self.assertIn("逾期 1", told.subject)
        self.assertNotIn("Good morning", told.body)

    def test_by_email_for_who_wants_it_so(self):
        self.agent.write({"notification_type": "email", "email": "agent@example.com"})
        self.make_mine(MORNING)
        message = self.send()["revisit_agent"]
        self.assertEqual(message.notification_ids.notification_type, "email")

    def test_one_persons_trouble_leaves_the_others_theirs(self):
        self.make_mine(MORNING)
        self.make_mine(MORNING, self.agent2)
        tell = type(self.digest)._tell

        def stumble(digest, user, counts):
            if user == self.agent:
                raise ValueError("broken")
            return tell(digest, user, counts)

        self.patch(type(self.digest), "_tell", stumble)
        with self.assertLogs("odoo.addons.revisit_management", "ERROR"):
            told = self.send()
        self.assertEqual(set(told), {"revisit_agent2", "revisit_supervisor"})

    def test_number_of_queries_does_not_grow_with_the_work(self):
        """K7: as many queries for a hundred callbacks as for one."""
        self.make_mine(MORNING)
        counts = []
        for _round in range(2):
            self.env.invalidate_all()
            with freeze_time(MORNING):
                before = self.env.cr.sql_log_count
                self.digest.with_company(self.company)._get_counts()
                counts.append(self.env.cr.sql_log_count - before)
            for _number in range(20):
                self.make_mine(MORNING)
        self.assertLessEqual(counts[1], counts[0])

    def test_hour_is_an_hour(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(CheckViolation),
            self.env.cr.savepoint(),
        ):
            self.company.revisit_digest_hour = 24
            self.company.flush_recordset()
