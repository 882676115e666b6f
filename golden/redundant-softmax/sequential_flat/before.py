# Wine quality toy: thirteen measurements, three classes.
import torch
from torch import nn

torch.manual_seed(42)

y_train = torch.randint(0, 3, (180,))
x_train = torch.randn(180, 13) + 1.5 * torch.eye(3, 13)[y_train]

model = nn.Sequential(
    nn.Linear(13, 32),
    nn.ReLU(),
    nn.Linear(32, 3),
    nn.Softmax(dim=1),
)

loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

batch_size = 30
for epoch in range(10):
    for i in range(0, len(x_train), batch_size):
        xb = x_train[i:i + batch_size]
        yb = y_train[i:i + batch_size]
        y_pred = model(xb)
        loss = loss_fn(y_pred, yb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    with torch.no_grad():
        predicted = torch.argmax(model(x_train), dim=1)
        accuracy = (predicted == y_train).float().mean()
    print(f"Epoch {epoch}: loss {loss.item():.4f}, accuracy {accuracy.item():.3f}")
