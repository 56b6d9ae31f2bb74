"""The books as DSFinV-K 2.4, the interface of the German tax offices to cash registers."""
