"""From-scratch softmax regression: cross_entropy below is the script's own and wants probabilities."""
import torch

torch.manual_seed(0)


def softmax(o):
    e = torch.exp(o - o.max(dim=1, keepdim=True).values)
    return e / e.sum(dim=1, keepdim=True)


def cross_entropy(y_hat, y):
    return -torch.log(y_hat[range(len(y_hat)), y] + 1e-12).mean()


num_inputs, num_outputs = 20, 5
W = torch.normal(0, 0.01, size=(num_inputs, num_outputs), requires_grad=True)
b = torch.zeros(num_outputs, requires_grad=True)

labels = torch.randint(0, num_outputs, (300,))
images = torch.randn(300, num_inputs)
images[torch.arange(300), labels] += 3

optimizer = torch.optim.SGD([W, b], lr=0.3)
for epoch in range(8):
    for idx in torch.randperm(300).split(30):
        y_hat = softmax(images[idx] @ W + b)
        loss = cross_entropy(y_hat, labels[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"epoch {epoch + 1}, loss {loss.item():.4f}")
