# Part of Revisit. See LICENSE file for full copyright and licensing details.

from . import controllers
from . import models
from . import report
from . import wizards
