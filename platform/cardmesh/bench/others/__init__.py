"""Other site builders on the same shop, where they are installed: Hugo and Eleventy with the best templates we know.

Their sites show what our theme `classic` shows, page by page, in the same words. What is the same on every page is
given to them ready, cards are made once each, and prices come written out: where it matters the others are favoured.
"""
