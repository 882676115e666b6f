import torch

torch.manual_seed(0)
x = torch.linspace(-1, 1, 50)
y = 1 + 2 * x - 3 * x ** 2
powers = torch.stack([x ** k for k in range(3)], dim=1)
coef = torch.zeros(3, requires_grad=True)

for it in range(200):
    loss = (powers @ coef - y).pow(2).mean()
    loss.backward()
    # a new leaf: its gradient starts as None
    coef = (coef - 0.3 * coef.grad).detach().requires_grad_()
print(coef)
