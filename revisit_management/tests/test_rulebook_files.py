# Part of Revisit. See LICENSE file for full copyright and licensing details.
import base64
import csv
import io
import zipfile

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models.rules import rulebook_upload as revisit_rulebook_upload
from .common import RevisitCommon

COMPARED = (
    "code",
    "name",
    "sequence",
    "active",
    "domain",
    "recurrence",
    "period_months",
    "day_from",
    "day_to",
    "delay_min",
    "delay_max",
    "delay_unit",
    "delay_direction",
    "sample_rate",
    "cap_role",
    "contact_type",
    "kind",
    "level",
    "channel",
    "service_step",
    "assignment",
    "signature_rule",
    "is_mandatory",
    "note",
)


class FilesMixin:
    """Packs, changes and unpacks archives of rulebooks."""

    def export(self, rulebook):
        """Return {file name: rows, the header first} of an exported rulebook."""
        data = rulebook.with_user(self.manager)._export_zip()
        return self.unpack(data)

    @staticmethod
    def unpack(data):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return {
                name.rpartition("/")[2]: list(
                    csv.reader(io.StringIO(archive.read(name).decode()))
                )
                for name in archive.namelist()
            }

    def pack(self, files, folder="ours/"):
        """Return the bytes of a zip; a file's value is its rows, or its text."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                if isinstance(content, list):
                    stream = io.StringIO()
                    csv.writer(stream, lineterminator="\n").writerows(content)
                    content = stream.getvalue()
                archive.writestr(f"{folder}{name}", content)
        return buffer.getvalue()

    def upload(self, files, code="ours", company=None, user=None):
        """Upload files, or bytes, as the manager; return the new rulebook."""
        data = files if isinstance(files, bytes) else self.pack(files)
        rulebooks = self.env["revisit.rulebook"].with_user(user or self.manager)
        return rulebooks.with_company(company or self.company)._upload(data, code)

    def get_cell(self, files, file, row_id, column):
        header, *rows = files[file]
        row = next(row for row in rows if row[header.index("id")] == row_id)
        return row[header.index(column)]

    def set_cell(self, files, file, row_id, column, text):
        header, *rows = files[file]
        row = next(row for row in rows if row[header.index("id")] == row_id)
        row[header.index(column)] = text

    def snapshot(self, rulebook):
        """Return what a rulebook's policies say, whatever their database ids."""
        policies = rulebook.sudo().with_context(active_test=False).policy_ids
        return [
            {
                **{name: policy[name] for name in COMPARED},
                "trigger": policy.trigger_id,
                "script": (policy.script_id.name, str(policy.script_id.body)),
                "team": (policy.team_id.name, policy.team_id.parent_id.name),
                "department": policy.team_id.department_id.name,
                "channels": [
                    (line.sequence, line.domain, line.channel)
                    for line in policy.channel_ids
                ],
            }
            for policy in policies.sorted("sequence")
        ]


@tagged("post_install", "-at_install")
class TestRulebookExport(FilesMixin, RevisitCommon):
    """B0, DESIGN 3: a rulebook goes out as files and comes in elsewhere."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.other = cls.make_company("Other Company")
        cls.manager.company_ids += cls.other
        # conditions on orders are checked as their writer's
        cls.manager.group_ids += cls.env.ref("sales_team.group_sale_manager")

    # ------------------------------------------------------------
    # ROUND TRIP
    # ------------------------------------------------------------

    def test_every_rulebook_makes_the_round_trip(self):
        """B0: what is exported and uploaded elsewhere says the same."""
        for code in self.env["revisit.rulebook"]._get_shipped_codes():
            with self.subTest(code=code):
                rulebook = self.install_rulebook(code)
                files = self.export(rulebook)
                copy = self.upload(files, f"{code}_copy", self.other)
                self.assertEqual(copy.company_id, self.other)
                self.assertEqual(copy.state, "installed")
                self.assertFalse(copy.is_shipped)
                self.assertEqual(self.snapshot(copy), self.snapshot(rulebook))
                chinese = copy.with_context(lang="zh_CN")
                self.assertEqual(
                    (chinese.name, chinese.summary),
                    (
                        rulebook.with_context(lang="zh_CN").name,
                        rulebook.with_context(lang="zh_CN").summary,
                    ),
                )
                # and once more: the copy's files say the same as the original's
                again = self.export(copy.with_company(self.other))
                self.assertSameCells(again, files)

    def assertSameCells(self, actual, expected):
        """Assert equal cells; only columns of default values may be missing."""
        self.assertEqual(list(actual), list(expected))
        for file, (header, *rows) in actual.items():
            wanted, *wanted_rows = expected[file]
            self.assertLessEqual(set(header), set(wanted))
            cells = [dict(zip(wanted, row, strict=True)) for row in wanted_rows]
            self.assertEqual(
                [dict(zip(header, row, strict=True)) for row in rows],
                [{name: row[name] for name in header} for row in cells],
            )

    def test_exported_files_are_the_shipped_ones(self):
        """B0: an unedited rulebook gives its columns and cells back."""
        rulebook = self.install_rulebook("appliance")
        files = self.export(rulebook)
        for _module, model, header, rows in rulebook._iter_files():
            exported, *_rows = files[f"{model}.csv"]
            self.assertEqual([c for c in exported if c in header], header)
            for row in rows:
                for column, text in zip(header, row, strict=True):
                    with self.subTest(model=model, row=row[0], column=column):
                        cell = self.get_cell(files, f"{model}.csv", row[0], column)
                        is_flag = cell in ("True", "False")
                        wanted = {"1": "True", "0": "False"}.get(text, text)
                        self.assertEqual(cell, wanted if is_flag else text)

    def test_present_values_and_own_rows_travel(self):
        """B0: edits, rows added by hand and their translations are in the files."""
        rulebook = self.install_rulebook("appliance")
        rulebook.write({"cap_limit": 2, "merge_contacts": False})
        purchase = rulebook.policy_ids[0]
        purchase.write({"delay_max": 9, "signature_rule": "refusal"})
        purchase.channel_ids = [
            Command.create({"domain": "[('amount_total', '>', 9)]", "channel": "visit"})
        ]
        script = self.env["revisit.script"].create({"name": "自己的话术"})
        unit = self.make_team("Night Shift", parent_id=purchase.team_id.id)
        own = self.make_policy(
            name="VIP Call",
            code="vip-call",
            rulebook_id=rulebook.id,
            script_id=script.id,
            team_id=unit.id,
            assignment="agent",
            agent_id=self.agent.id,
            active=False,
            sequence=99,
        )
        own.with_context(lang="zh_CN").name = "贵宾回访"
        files = self.export(rulebook)
        file = "revisit.policy.csv"
        self.assertEqual(
            self.get_cell(files, file, "policy_purchase", "delay_max"), "9"
        )
        self.assertEqual(
            self.get_cell(files, file, "policy_vip_call", "name@zh_CN"), "贵宾回访"
        )
        self.assertEqual(
            self.get_cell(files, file, "policy_vip_call", "assignment"), "none"
        )
        copy = self.upload(files, "ours", self.other)
        self.assertEqual((copy.cap_limit, copy.merge_contacts), (2, False))
        expected = self.snapshot(rulebook)
        expected[-1]["assignment"] = "none"
        self.assertEqual(self.snapshot(copy), expected)
        vip = self.env["revisit.policy"].search(
            [
                ("code", "=", "vip-call"),
                ("company_id", "=", self.other.id),
                ("active", "=", False),
            ]
        )
        self.assertEqual(vip.with_context(lang="zh_CN").name, "贵宾回访")
        self.assertEqual(vip.script_id.name, "自己的话术")
        self.assertEqual(vip.team_id.parent_id.company_id, self.other)

    def test_exporting_writes_nothing(self):
        """B0: an export changes no external id; the same slugs come again."""
        rulebook = self.install_rulebook("appliance")
        self.make_policy(name="回访", code="回访", rulebook_id=rulebook.id)
        self.make_policy(name="问候", code="问候", rulebook_id=rulebook.id)
        count = self.env["ir.model.data"].search_count([])
        files = self.export(rulebook)
        ids = [row[0] for row in files["revisit.policy.csv"]]
        self.assertLessEqual({"policy", "policy_2"}, set(ids))
        self.assertEqual(self.export(rulebook), files)
        self.assertEqual(self.env["ir.model.data"].search_count([]), count)

    def test_own_trigger_is_found_by_its_code(self):
        """B1: a trigger of one's own goes by its code, where there is such a one."""
        trigger = self.env["revisit.trigger"].create(
            {
                "name": "Quotation Made",
                "code": "quotation_made",
                "model_name": "sale.order",
                "clock_path": "create_date",
            }
        )
        rulebook = self.install_rulebook("five_grades")
        rulebook.policy_ids[0].trigger_id = trigger
        files = self.export(rulebook)
        copy = self.upload(files, "ours", self.other)
        self.assertIn(trigger, copy.policy_ids.trigger_id)
        self.set_cell(
            files,
            "revisit.policy.csv",
            "policy_plan",
            "trigger_id/id",
            "__custom__.nowhere",
        )
        self.assertRefused(
            UserError, "revisit.policy.csv, line 2", self.upload, files, "more"
        )

    def test_codes_of_policies_stay_unique(self):
        """B0: uploaded beside the original, policies get codes of their own."""
        rulebook = self.install_rulebook("five_grades")
        copy = self.upload(self.export(rulebook), "ours")
        self.assertEqual(copy.company_id, self.company)
        self.assertEqual(copy.policy_ids.mapped("code"), ["ours_five_grades_plan"])

    def test_uploaded_rulebook_plans(self):
        """B0, B8: an uploaded policy is at work from now on."""
        files = self.export(self.install_rulebook("appliance"))
        copy = self.upload(files, "ours", self.other)
        order = self.make_order(company_id=self.other.id)
        self.plan(self.other)
        callback = self.get_planned(order)
        self.assertEqual(callback.rulebook_id, copy)
        self.assertEqual(callback.policy_id.code, "appliance_purchase")

    # ------------------------------------------------------------
    # DIALOG AND RIGHTS
    # ------------------------------------------------------------

    def test_download(self):
        """B0: the button leads to the file."""
        rulebook = self.install_rulebook("scripted").with_user(self.manager)
        url = rulebook.action_export()["url"]
        self.assertEqual(
            url,
            f"/web/content/revisit.rulebook/{rulebook.id}/export_file/scripted.zip"
            "?download=true",
        )
        data = base64.b64decode(rulebook.export_file)
        self.assertIn("revisit.policy.csv", self.unpack(data))

    def test_dialog(self):
        """B0: the dialog tells what the file holds and offers a free code."""
        data = self.install_rulebook("scripted").with_user(self.manager).export_file
        wizard = (
            self.env["revisit.rulebook.upload"]
            .with_user(self.manager)
            .with_company(self.other)
            .create({"file": data, "file_name": "scripted.zip"})
        )
        self.assertEqual(wizard.code, "scripted_2")
        self.assertIn("Callback Policy: 4", wizard.content)
        self.assertFalse(wizard.problem)
        action = wizard.action_upload()
        rulebook = self.env["revisit.rulebook"].browse(action["res_id"])
        self.assertEqual(
            (rulebook.code, rulebook.company_id), ("scripted_2", self.other)
        )
        broken = wizard.create({"file": base64.b64encode(b"no zip")})
        self.assertIn("cannot be read as a zip", broken.problem)
        self.assertFalse(broken.content)

    def test_only_managers_export_and_upload(self):
        """K1: agents and supervisors neither export nor upload."""
        rulebook = self.install_rulebook("scripted")
        data = rulebook.with_user(self.manager)._export_zip()
        for user in (self.agent, self.supervisor):
            for call in (
                rulebook.with_user(user).action_export,
                rulebook.with_user(user)._export_zip,
                lambda user=user: rulebook.with_user(user).export_file,
                lambda user=user: self.upload(data, user=user),
            ):
                with self.assertRaises(AccessError):
                    call()

    def test_other_companies_rulebooks_are_not_exported(self):
        """K3: a manager exports the rulebooks of their own companies only."""
        foreign = self.make_company("Foreign Company")
        rulebook = (
            self.env["revisit.rulebook"].with_company(foreign).action_install("rewards")
        )
        with self.assertRaises(AccessError):
            rulebook.with_user(self.manager)._export_zip()


@tagged("post_install", "-at_install")
class TestFaultyUpload(FilesMixin, RevisitCommon):
    """B0: faulty or hostile files are refused with file and line, wholly."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rulebook = cls.install_rulebook("appliance")
        cls.original = rulebook
        cls.shipped = cls.unpack(rulebook.sudo()._export_zip())

    def setUp(self):
        super().setUp()
        self.files = {
            name: [list(row) for row in rows] for name, rows in self.shipped.items()
        }

    def assertFails(self, *texts, files=None, code="ours", error=UserError):
        """Assert that an upload says ``texts`` and leaves nothing behind."""
        models = self.env["revisit.rulebook"]._get_source_models()
        counts = self.count(models)
        with self.assertRaises(error) as caught:
            self.upload(self.files if files is None else files, code)
        self.env.invalidate_all()
        for text in texts:
            self.assertIn(text, str(caught.exception))
        self.assertEqual(self.count(models), counts)

    def count(self, models):
        return [
            self.env[model].with_context(active_test=False).search_count([])
            for model in (*models, "ir.model.data")
        ]

    def add_column(self, file, name, text):
        header, *rows = self.files[file]
        header.append(name)
        for row in rows:
            row.append(text)

    # ------------------------------------------------------------
    # FAULTY FILES
    # ------------------------------------------------------------

    def test_wrong_value(self):
        """B0: a value that does not fit is named with its line."""
        self.set_cell(
            self.files, "revisit.policy.csv", "policy_repair", "level", "moon"
        )
        self.assertFails("ours/revisit.policy.csv", "line", "moon")

    def test_refused_value(self):
        """B0: what a constraint refuses is told in its words."""
        file = "revisit.policy.csv"
        self.set_cell(self.files, file, "policy_repair", "delay_min", "9")
        self.assertFails("Exchange the two numbers")

    def test_wrong_number_of_cells(self):
        """B0: a row too long is named with its line."""
        self.files["revisit.team.csv"][1].append("surplus")
        self.assertFails("revisit.team.csv, line 2")

    def test_unknown_column(self):
        """B0: a column that no export has is refused."""
        self.add_column("revisit.team.csv", "no_such_column", "1")
        self.assertFails("revisit.team.csv, line 1", "no_such_column")

    def test_missing_ids(self):
        """B0: every row needs an id of its own."""
        self.files["revisit.team.csv"][0][0] = "name"
        self.assertFails("revisit.team.csv, line 1")
        self.files["revisit.team.csv"] = [["name"], ["A"]]
        self.assertFails("revisit.team.csv, line 1", "id is missing")
        self.files["revisit.team.csv"] = [["id", "name"], ["a", "A"], ["a", "B"]]
        self.assertFails("revisit.team.csv, line 3", "used twice")
        self.files["revisit.team.csv"] = [["id", "name"], ["", "A"]]
        self.assertFails("revisit.team.csv, line 2", "cannot be the row's id")

    def test_unknown_reference(self):
        """B0: a reference into nowhere is named with its line."""
        file = "revisit.policy.csv"
        self.set_cell(self.files, file, "policy_purchase", "team_id/id", "nowhere")
        self.assertFails("revisit.policy.csv, line 2", "nowhere")
        self.set_cell(
            self.files, file, "policy_purchase", "team_id/id", "script_confirm"
        )
        self.assertFails("revisit.policy.csv, line 2", "script_confirm")

    def test_no_rulebook(self):
        """B0: an archive without its main file is none."""
        del self.files["revisit.rulebook.csv"]
        self.assertFails("no file revisit.rulebook.csv")
        self.files["revisit.rulebook.csv"] = [["id", "name"]]
        self.assertFails("there must be one row")

    def test_renamed_files_are_not_left_out(self):
        """B0: half a rulebook is none; files of other apps are left out as before."""
        content = self.files.pop("revisit.policy.csv")
        for name in (
            "revisit.policy.CSV",
            "revisit.policy (1).csv",
            "Revisit.Policy.csv",
            "revisit.policy.xlsx",
            "revisit.policy - Copy.csv",
            "revisit.policy",
        ):
            with self.subTest(name=name):
                self.files[name] = content
                self.assertFails(name, "call it revisit.policy.csv")
                del self.files[name]
        self.files["revisit.policy.csv"] = content
        self.files["revisit.policyholder.csv"] = [["id"]]
        self.files["readme.txt"] = "Ours"
        self.assertTrue(self.upload(self.files).policy_ids)

    def test_not_utf8(self):
        """B0: another encoding is told with the file."""
        data = self.pack(
            {**self.files, "revisit.team.csv": "id,name\na,总部".encode("gbk")}
        )
        self.assertFails("revisit.team.csv cannot be read", files=data)

    def test_no_zip(self):
        """B0: what is no zip, or a broken one, is told."""
        self.assertFails("cannot be read as a zip", files=b"id,name\n")
        data = bytearray(self.pack(self.files))
        data[60:90] = bytes(30)
        self.assertFails("cannot be read as a zip", files=bytes(data))

    def test_code(self):
        """B0: a code is free, and written as codes are."""
        for code in ("", "Our Rules", "9lives", "a/b", "a.b", None):
            self.assertFails("small letters", code=code)
        self.assertFails("belongs to another rulebook", code="appliance")
        self.upload(self.files, "ours")
        self.assertFails("belongs to another rulebook", code="ours")

    # ------------------------------------------------------------
    # HOSTILE FILES
    # ------------------------------------------------------------

    def test_paths_outside_the_folder(self):
        """K1: no entry leaves the archive's folder."""
        for folder in ("../", "/etc/", "a/../../", "..\\"):
            data = self.pack(self.files, folder=folder)
            self.assertFails("outside its folder", files=data)

    def test_sizes(self):
        """K1: neither a large file nor a small one that unpacks to a large one."""
        limit = revisit_rulebook_upload.MAX_ZIP_BYTES
        self.assertFails("larger than 2 MB", files=b"0" * (limit + 1))
        bomb = "x" * (revisit_rulebook_upload.MAX_TEXT_BYTES + 1)
        self.assertFails(
            "more than 8 MB", files={**self.files, "revisit.team.csv": bomb}
        )
        many = {f"{number}.txt": "x" for number in range(101)}
        self.assertFails("101 files", files={**many})

    def test_foreign_ids(self):
        """K3: no row of another company or rulebook is overwritten."""
        policy = self.original.policy_ids[0]
        xmlid = policy._get_external_ids()[policy.id][0]
        name = policy.name
        self.set_cell(self.files, "revisit.policy.csv", "policy_purchase", "id", xmlid)
        self.assertFails("revisit.policy.csv, line 2", "cannot be the row's id")
        # a code and an id that together spell an existing id
        tail = xmlid.removeprefix(f"revisit_management.{self.company.id}_app")
        files = {
            **self.shipped,
            "revisit.policy.csv": [
                ["id", "code", "name"],
                ["liance_policy_purchase", "x", "Taken over"],
            ],
        }
        self.assertEqual(tail, "liance_policy_purchase")
        self.assertFails(files=files, code="app", error=UserError)
        self.assertEqual(policy.name, name)

    def test_foreign_references(self):
        """K3: a reference leads into the archive or to shared data only."""
        team = self.ref_original("team_callback")
        self.set_cell(
            self.files, "revisit.policy.csv", "policy_purchase", "team_id/id", team
        )
        self.assertFails("revisit.policy.csv, line 2", "neither in the archive nor")

    def ref_original(self, name):
        return f"revisit_management.{self.company.id}_appliance_{name}"

    def test_columns_that_no_export_has(self):
        """K1, K3: neither companies nor people nor rows below rows are written."""
        for file, column, text in (
            ("revisit.policy.csv", "company_id/id", "base.main_company"),
            ("revisit.policy.csv", "company_id/.id", "1"),
            ("revisit.policy.csv", ".id", "1"),
            ("revisit.policy.csv", "agent_id/id", "base.user_admin"),
            ("revisit.policy.csv", "channel_ids/channel", "visit"),
            ("revisit.policy.csv", "message_ids/body", "x"),
            ("revisit.policy.csv", "create_uid/id", "base.user_admin"),
            ("revisit.policy.csv", "rulebook_id", "Appliance Maker"),
            ("revisit.team.csv", "member_ids/id", "base.user_admin"),
            ("revisit.team.csv", "manager_id/login", "root"),
            ("hr.department.csv", "manager_id/id", "base.user_admin"),
            ("revisit.rulebook.csv", "baseline", "{}"),
            ("revisit.rulebook.csv", "code", "appliance"),
            ("revisit.rulebook.csv", "state", "available"),
            ("revisit.policy.csv", "name", "Twice"),
        ):
            with self.subTest(file=file, column=column):
                self.setUp()
                self.add_column(file, column, text)
                self.assertFails(f"{file}, line 1", column)

    def test_conditions_are_checked_as_their_writers(self):
        """K1: a file is no way round the rights on what a condition asks for."""
        self.set_cell(
            self.files,
            "revisit.policy.csv",
            "policy_purchase",
            "domain",
            "[('amount_total', '>', 100)]",
        )
        # the manager of these tests may not read orders
        self.assertFails("revisit.policy.csv, line 2", "may not read all")
        seller = self.make_user(
            "revisit_seller",
            "revisit_management.group_manager,sales_team.group_sale_manager",
        )
        rulebook = self.upload(self.files, "ours", user=seller)
        self.assertIn(
            "[('amount_total', '>', 100)]", rulebook.policy_ids.mapped("domain")
        )

    def test_scripts_are_cleaned(self):
        """K1: HTML of a file is cleaned like everybody's."""
        self.set_cell(
            self.files,
            "revisit.script.csv",
            "script_confirm",
            "body",
            "<p>Hello<script>alert(1)</script></p>",
        )
        rulebook = self.upload(self.files, "ours")
        scripts = self.env["revisit.script"].search([("rulebook_id", "=", rulebook.id)])
        self.assertFalse([s for s in scripts if "alert" in (s.body or "")])

    def test_a_client_cannot_send_files_as_context(self):
        """K1: the context of a call is no way to load unchecked files."""
        rulebook = (
            self.original.with_user(self.manager)
            .with_context(revisit_uploaded_files={})
            .action_install("appliance")
        )
        self.assertTrue(rulebook.baseline)
        self.assertEqual(len(rulebook.policy_ids), 5)
