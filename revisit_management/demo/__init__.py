# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""The demonstration data: quarter.py is the entry point.

Loaded by the last line of revisit_demo.xml, through the model ``revisit.demo``.
"""
