"""abacad: from raw radio cadences to a ranked ensemble of needle detectors.

The functions under the workflow's rules. Each module imports only what its rule's environment has.
"""
