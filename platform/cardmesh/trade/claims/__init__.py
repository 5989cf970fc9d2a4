"""After-sales: a complaint about a delivered line. It stops the settlement of the line until somebody decides."""
