import torch
import torch.nn as nn
import torch.nn.functional as F


def run(model, optimizer, x, y, epochs=4):
    for epoch in range(epochs):
        for xb, yb in zip(x.chunk(5), y.chunk(5)):
            probs = torch.softmax(model(xb), 1)
            loss = F.nll_loss(probs, yb)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        confidence = probs.max(dim=1).values.mean().item()
        print(f"epoch {epoch}: loss {loss.item():.3f}, confidence {confidence:.3f}")


if __name__ == "__main__":
    torch.manual_seed(0)
    y = torch.randint(0, 5, (200,))
    x = torch.randn(200, 7) + F.one_hot(y, 7)
    model = nn.Linear(7, 5)
    run(model, torch.optim.SGD(model.parameters(), lr=0.2), x, y)
