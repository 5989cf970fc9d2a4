"""Cardmesh (卡盟): the supply network behind branded stores for digital goods."""
