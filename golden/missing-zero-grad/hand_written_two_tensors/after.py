import torch

torch.manual_seed(0)
x = torch.rand(100, 1)
y = 4 * x - 1 + 0.05 * torch.randn(100, 1)

w = torch.zeros(1, 1, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
lr = 0.1

for epoch in range(100):
    pred = x @ w + b
    loss = ((pred - y) ** 2).mean()
    loss.backward()

    with torch.no_grad():
        w -= lr * w.grad
        w.grad = None
        b -= lr * b.grad
        b.grad = None

    if epoch % 25 == 0:
        print(f'{epoch}: {loss.item():.4f}')
print('w = %.3f, b = %.3f' % (w.item(), b.item()))
