"""Bodies of requests and answers as the API's description shows them. A test holds them against the schemas."""
