"""`ocrpipe plugins new`: a whole package for a new plugin, from the templates beside this file.

The templates are read as they lie there: a module and a test for each stage (`templates/stages`), and what every
package has (`templates/package`).
"""

from ocrpipe.scaffold.names import Names, names_for
from ocrpipe.scaffold.package import Draft, draft, write

__all__ = ["Draft", "Names", "draft", "names_for", "write"]
