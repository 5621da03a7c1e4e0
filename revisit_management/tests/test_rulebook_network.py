# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo.tests import tagged

from .common import ZONE, utc
from .replay import RulebookReplay
from .test_rulebook_appraised import PeriodicMixin


@tagged("post_install", "-at_install")
class TestBranchNetwork(PeriodicMixin, RulebookReplay):
    """R branch_network: province company, offices and the sales network."""

    code = "branch_network"

    def test_units(self):
        """A4, R branch_network: offices stand under the province company."""
        province, centre = self.ref("team_province"), self.ref("team_centre")
        office, network = self.ref("team_office"), self.ref("team_network")
        self.assertEqual(centre.parent_id + office.parent_id, province)
        self.assertEqual(network.parent_id, office)
        self.assertEqual(
            [team.kind for team in (province, centre, office, network)],
            ["region", "office", "office", "outlet"],
        )
        self.assertEqual(province.department_id.name, "Customer Service")

    def test_nothing_is_planned_of_itself(self):
        """B0, R branch_network: the text names units, but no trigger and window."""
        self.assertEqual(
            set(self.get_policies().mapped("code")),
            {
                "branch_network_province",
                "branch_network_centre",
                "branch_network_office",
                "branch_network_visit",
                "branch_network_service_day",
            },
        )
        self.assertNothingOfItself()

    def test_each_unit_makes_its_own(self):
        """B2, R branch_network: province, service centre and office, by phone."""
        centre, office = self.ref("team_centre"), self.ref("team_office")
        centre.member_ids, office.member_ids = self.agent, self.agent2
        planned = [
            self.assertByHand(f"policy_{name}", 5, level="region")
            for name in ("province", "centre", "office")
        ]
        self.assertEqual(
            [callback.team_id for callback in planned],
            [self.ref("team_province"), centre, office],
        )
        self.assertFalse(planned[0].user_id, "nobody is an agent of the province")
        self.assertEqual([c.user_id for c in planned[1:]], [self.agent, self.agent2])

    def test_visits_and_service_days_are_the_service_staffs(self):
        """B2, R branch_network: both need a member of the service staff."""
        self.ref("team_centre").member_ids = self.agent
        for name, channel in (("visit", "visit"), ("service_day", "service_day")):
            callback = self.assertByHand(
                f"policy_{name}", 7, level="region", channel=channel
            )
            self.assertEqual(callback.user_id, self.agent)
            self.assertIn("service staff", callback.script_id.body)

    def test_after_a_repair(self):
        """B2, R branch_network: the window of repairs, once it is switched on."""
        self.assertEdges(
            "policy_repair", lambda date: self.make_repair(date=date), 1, 7
        )

    def test_once_per_period(self):
        """B3, R branch_network: once per month, when the company says so."""
        customer = self.make_regular()
        callback = self.assertCalendar("policy_periodic", 1, customer)
        self.assertEqual(callback.window_end, utc(ZONE, 2026, 5, 1))
