# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Run in an Odoo shell: compiles the scripts and styles of all pages."""

env = globals()["env"]
env["ir.qweb"]._pregenerate_assets_bundles()
env.cr.commit()
