"""One module per topic: the job's name, its scope, and the one verb it calls."""
