"""`cardmesh bench WHAT`: measure this machine. Each bench prints one JSON object and compares with a limit measured in
the same run, because only ratios hold from one machine to the next. Owns no rule of the trade; nothing imports it.
"""
