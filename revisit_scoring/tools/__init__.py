# Part of Revisit. See LICENSE file for full copyright and licensing details.

from . import population
from . import score
from . import subjects
from . import summary
