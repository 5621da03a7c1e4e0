# Part of Revisit. See LICENSE file for full copyright and licensing details.
import re

from markupsafe import Markup

from odoo import models

from odoo.addons.base.models import ir_actions_report as base_report

OURS = "revisit_"
STYLES = re.compile(r'<link\b[^>]*\bhref="/web/assets/(?:[^"/]+/)+([^"/]+)"[^>]*>')
# the bundle's name within the file name, e.g. web.report_assets_common.rtl.min.css
BUNDLE = re.compile(r"([\w.]+?)(\.rtl)?(\.autoprefixed)?(\.min)?\.css")


class IrActionsReport(models.Model):
    """Makes PDF files of our reports independent of the wkhtmltopdf that prints them.

    Debian's wkhtmltopdf cannot print several documents at once, because it is built
    without Odoo's changes; and every wkhtmltopdf loads styles from an address at which
    the server may not answer: behind another port, or while no server is running.
    """

    _inherit = "ir.actions.report"

    def _is_revisit_report(self):
        return (self.report_name or "").startswith(OURS)

    def _render_qweb_pdf_prepare_streams(self, report_ref, data, res_ids=None):
        """Print the documents one by one where they cannot be printed at once.

        Odoo joins them afterwards.
        """
        report = self._get_report(report_ref)
        documents = dict.fromkeys(res_ids or ())
        if (
            len(documents) < 2
            or not report._is_revisit_report()
            or base_report._wkhtml().is_patched_qt
        ):
            return super()._render_qweb_pdf_prepare_streams(report_ref, data, res_ids)
        streams = {}
        for res_id in documents:
            streams |= super()._render_qweb_pdf_prepare_streams(
                report_ref, dict(data or {}), [res_id]
            )
        return streams

    def _prepare_html(self, html, report_model=False):
        prepared = super()._prepare_html(html, report_model)
        if not prepared or not self._is_revisit_report():
            return prepared
        bodies, res_ids, header, footer, arguments = prepared
        styles = {}
        bodies = [self._inline_styles(body, styles) for body in bodies]
        header = self._inline_styles(header, styles)
        footer = self._inline_styles(footer, styles)
        return bodies, res_ids, header, footer, arguments

    def _inline_styles(self, html, styles):
        """Return ``html`` with its style sheets inline instead of links to them.

        :param styles: dict that caches style sheets by file name
        """

        def get_style(match):
            name = match[1]
            if name not in styles:
                styles[name] = self._read_styles(name)
            return styles[name] or match[0]

        # a style sheet contains no text that users have entered
        return Markup(STYLES.sub(get_style, str(html)))

    def _read_styles(self, name):
        """Return a style element with the content of a bundle's file, or None."""
        found = BUNDLE.fullmatch(name)
        if not found:
            return None
        bundle = self.env["ir.qweb"]._get_asset_bundle(
            found[1], css=True, js=False, rtl=bool(found[2]), autoprefix=bool(found[3])
        )
        css = bundle.css().raw.decode()
        return f"<style>{css}</style>"
