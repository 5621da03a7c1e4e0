# Part of Revisit. See LICENSE file for full copyright and licensing details.
from . import test_extended_planners
